/**
 * Ownership: which environment, which component, made by which execution. Everything is found again by
 * these tags (or by a deterministic name), never by where it happens to be attached.
 */
import { createHash } from 'node:crypto';
import type { ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import type { EnvironmentPlan, EnvironmentTarget } from '#lib/run/environment.ts';

export const environmentTag = 'aoscloud:environment';
export const componentTag = 'aoscloud:component';
export const createdByTag = 'aoscloud:created-by';

/** The request's tags with the ownership tags over them: a user's tag never replaces ownership. */
export function tagRecord(
  environment: Pick<EnvironmentPlan, 'name' | 'execution' | 'tags'>,
  component: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    ...environment.tags,
    ...extra,
    Name: `aoscloud-${environment.name}-${component.replaceAll('/', '-')}`,
    [environmentTag]: environment.name,
    [componentTag]: component,
    [createdByTag]: environment.execution,
  };
}

/** A record as a list, the form of EC2, RDS, ElastiCache, EFS and IAM. */
export function tagListOf(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** All tags of one component as a list. */
export function tagList(
  environment: Pick<EnvironmentPlan, 'name' | 'execution' | 'tags'>,
  component: string,
  extra?: Readonly<Record<string, string>>,
): { Key: string; Value: string }[] {
  return tagListOf(tagRecord(environment, component, extra));
}

/** Tag-on-create for one EC2 resource. */
export function tagSpecifications(
  environment: Pick<EnvironmentPlan, 'name' | 'execution' | 'tags'>,
  resourceType: ResourceType,
  component: string,
  extra?: Readonly<Record<string, string>>,
): TagSpecification[] {
  return [{ ResourceType: resourceType, Tags: tagList(environment, component, extra) }];
}

type Tags = readonly Tag[] | Readonly<Record<string, string>> | undefined;

/** One tag's value from either form AWS answers in. */
export function tagValue(tags: Tags, key: string): string | undefined {
  if (!tags) return undefined;
  if (Array.isArray(tags)) return (tags as readonly Tag[]).find((tag) => tag.Key === key)?.Value;
  return (tags as Readonly<Record<string, string>>)[key];
}

/** The list form as a record. */
export function tagRecordOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Does this resource carry the environment's ownership tag? */
export function isOwned(tags: Tags, environment: Pick<EnvironmentTarget, 'name'>): boolean {
  return tagValue(tags, environmentTag) === environment.name;
}

/** Made by GuardDuty's runtime monitoring in a VPC with an EKS cluster, and never deleted by it (aws-facts 1). */
export function isGuardDutys(tags: Tags): boolean {
  return tagValue(tags, 'GuardDutyManaged') === 'true';
}

/** Was it made by `createdBy`? Always true when no execution is named. */
export function isCreatedBy(tags: Tags, createdBy: string | undefined): boolean {
  return createdBy === undefined || tagValue(tags, createdByTag) === createdBy;
}

/** EC2 filter: everything of this environment. */
export function ownershipFilters(
  environment: Pick<EnvironmentTarget, 'name'>,
): { Name: string; Values: string[] }[] {
  return [{ Name: `tag:${environmentTag}`, Values: [environment.name] }];
}

/**
 * A client token of 64 hexadecimal characters, the same for the same parts. Start the parts with an id that
 * lives as long as the resource may (the VPC's), and end them with a generation: a token replayed after its
 * resource died answers with the corpse.
 */
export function clientToken(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
