/** What a removal may touch. */
import type { Filter } from '@aws-sdk/client-ec2';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { createdByTag, isCreatedBy, isOwned, ownershipFilters } from './tags.ts';

/** EC2 filter: everything of the environment, or what one execution made of it. */
export function scopeFilters(target: RemovalTarget): Filter[] {
  const filters: Filter[] = ownershipFilters(target);
  if (target.createdBy !== undefined)
    filters.push({ Name: `tag:${createdByTag}`, Values: [target.createdBy] });
  return filters;
}

/** Do these tags make it the environment's, and the named execution's where the removal names one? */
export function isInScope(tags: Parameters<typeof isOwned>[0], target: RemovalTarget): boolean {
  return isOwned(tags, target) && isCreatedBy(tags, target.createdBy);
}
