/** What a removal may touch. */
import type { Filter } from '@aws-sdk/client-ec2';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { createdByTag, ownershipFilters } from './tags.ts';

/** EC2 filter: everything of the environment, or what one execution made of it. */
export function scopeFilters(target: RemovalTarget): Filter[] {
  const filters: Filter[] = ownershipFilters(target);
  if (target.createdBy !== undefined)
    filters.push({ Name: `tag:${createdByTag}`, Values: [target.createdBy] });
  return filters;
}
