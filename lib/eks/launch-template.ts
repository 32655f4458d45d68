/**
 * The launch template of the nodes: IMDSv2 only, encrypted gp3 volumes, and tags that reach instances and volumes. Made
 * with the roles, before the control plane, so that EKS sees it by the time the nodes name it.
 */
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  type LaunchTemplate as Ec2LaunchTemplate,
  type LaunchTemplateTagSpecificationRequest,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { names } from '#lib/ownership/names.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import {
  clientToken,
  createdByTag,
  isCreatedBy,
  isOwned,
  tagList,
  tagSpecifications,
} from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';
import { nodeMetadata, nodeVolumes } from './node-template.ts';

export interface LaunchTemplate {
  readonly id: string;
  readonly version: string;
}

const component = 'eks/launch-template';

/** By the filter, because asking by name throws where there is none. */
async function findLaunchTemplate(target: EnvironmentTarget): Promise<Ec2LaunchTemplate | undefined> {
  const answer = await client(EC2Client, target).send(
    new DescribeLaunchTemplatesCommand({
      Filters: [{ Name: 'launch-template-name', Values: [names(target).launchTemplate] }],
    }),
  );
  return answer.LaunchTemplates?.[0];
}

async function ownLaunchTemplate(environment: EnvironmentPlan): Promise<Ec2LaunchTemplate | undefined> {
  const found = await findLaunchTemplate(environment);
  if (!found || isOwned(found.Tags, environment)) return found;
  throw new NotOurResourceError(
    `launch template ${found.LaunchTemplateName} exists but does not carry the tags of environment ${environment.name}`,
    'delete that template, or choose another environment name',
  );
}

export async function ensureLaunchTemplate(environment: EnvironmentPlan): Promise<void> {
  if (!(await ownLaunchTemplate(environment))) await createLaunchTemplate(environment);
}

/**
 * For nodes that are about to be made: the template's latest version may be somebody's, or of a request that asked
 * for other disks. One that says something else gets a version of ours on top. Undefined where EC2 shows no template.
 */
export async function launchTemplateForNodes(
  environment: EnvironmentPlan,
): Promise<LaunchTemplate | undefined> {
  const own = await ownLaunchTemplate(environment);
  if (!own) return undefined;
  const template = { id: own.LaunchTemplateId!, version: String(own.LatestVersionNumber ?? 1) };
  // The first version of this very run says what it should.
  if (template.version === '1' && isCreatedBy(own.Tags, environment.execution)) return template;
  const wanted = content(environment);
  const found = await dataOf(environment, template);
  if (found === undefined || saysTheSame(found, wanted)) return template;
  const made = await client(EC2Client, environment).send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: template.id,
      LaunchTemplateData: wanted,
      ClientToken: clientToken(template.id, template.version, environment.execution),
    }),
  );
  log.info('launch template brought back to the plan', { id: template.id });
  return { id: template.id, version: String(made.LaunchTemplateVersion?.VersionNumber) };
}

async function dataOf(
  target: EnvironmentTarget,
  { id, version }: LaunchTemplate,
): Promise<ResponseLaunchTemplateData | undefined> {
  const answer = await client(EC2Client, target).send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [version] }),
  );
  return answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData;
}

/**
 * Do nodes that run from this version have another disk, or other access to their metadata, than the plan says? Their
 * tags are no reason to replace them; one whose template is gone goes on as it is.
 */
export async function needsOtherTemplate(
  environment: EnvironmentPlan,
  used: { readonly id?: string | undefined; readonly version?: string | undefined } | undefined,
): Promise<boolean> {
  if (!used?.id || !used.version) return false;
  const template = { id: used.id, version: used.version };
  const found = await tolerating(['gone'], () => dataOf(environment, template));
  const { TagSpecifications: _tags, ...wanted } = content(environment);
  return found !== undefined && !holds(found, wanted);
}

/** No more members than ours, and ours as they are; who made it apart. AWS adds members below the first level. */
function saysTheSame(found: object, wanted: RequestLaunchTemplateData): boolean {
  const extra = Object.entries(found).filter(([key, value]) => value !== undefined && !(key in wanted));
  return extra.length === 0 && holds(found, wanted);
}

function holds(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((member) => found.some((one) => holds(one, member)))
    );
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  if (typeof found !== 'object' || found === null) return false;
  if ((wanted as { Key?: string }).Key === createdByTag)
    return (found as { Key?: string }).Key === createdByTag;
  return Object.entries(wanted).every(([key, member]) =>
    holds((found as Record<string, unknown>)[key], member),
  );
}

function content(environment: EnvironmentPlan): RequestLaunchTemplateData {
  return {
    MetadataOptions: nodeMetadata,
    BlockDeviceMappings: nodeVolumes(environment.eks.nodes),
    TagSpecifications: tagsOfNodes(environment),
  };
}

async function createLaunchTemplate(environment: EnvironmentPlan): Promise<void> {
  const name = names(environment).launchTemplate;
  await client(EC2Client, environment).send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      ClientToken: clientToken(name, environment.execution),
      TagSpecifications: tagSpecifications(environment, 'launch-template', component),
      LaunchTemplateData: content(environment),
    }),
  );
  log.info('launch template created', { name });
}

/** Tags of a node group do not reach its instances (aws-facts 0.7). */
function tagsOfNodes(environment: EnvironmentPlan): LaunchTemplateTagSpecificationRequest[] {
  return (['instance', 'volume'] as const).map((ResourceType) => ({
    ResourceType,
    Tags: tagList(environment, 'eks/node'),
  }));
}

/** Deletes our template. True when it was there, so that whoever asks looks again. */
export async function removeLaunchTemplate(target: RemovalTarget): Promise<boolean> {
  const found = await findLaunchTemplate(target);
  if (!found || !isInScope(found.Tags, target)) return false;
  await tolerating(['gone'], () =>
    client(EC2Client, target).send(
      new DeleteLaunchTemplateCommand({ LaunchTemplateId: found.LaunchTemplateId }),
    ),
  );
  log.info('launch template deleted', { name: found.LaunchTemplateName });
  return true;
}
