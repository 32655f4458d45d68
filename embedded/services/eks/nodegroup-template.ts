/** The launch template a node group is made or updated from. */
import { z } from 'zod';
import type { Call } from '#embedded/model.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { invalidParameter, invalidRequest } from './state.ts';

export const templateSchema = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  version: z.string().optional(),
});

export interface ResolvedTemplate {
  readonly reference: { id: string; name: string; version: string };
  readonly groupIds: string[];
  readonly instanceType?: string;
}

/** The version of the template that is meant, and what of it concerns EKS. */
export function resolveTemplate(call: Call, wanted: z.infer<typeof templateSchema>): ResolvedTemplate {
  const template = Object.values(ec2State(call).launchTemplates).find(
    (one) => one.visibleAt <= call.now && (one.id === wanted.id || one.name === wanted.name),
  );
  if (!template) throw invalidParameter(`Launch template ${wanted.id ?? wanted.name} was not found`);
  const latest = Math.max(...template.versions.map((one) => one.number));
  const number =
    wanted.version === '$Latest'
      ? latest
      : wanted.version === undefined || wanted.version === '$Default'
        ? template.defaultVersion
        : Number(wanted.version);
  const version = template.versions.find((one) => one.number === number);
  if (!version) throw invalidParameter(`Launch template ${template.id} has no version ${wanted.version}`);
  const data = version.data as {
    SecurityGroupIds?: string[];
    InstanceType?: string;
    IamInstanceProfile?: unknown;
    NetworkInterfaces?: { SubnetId?: string; Groups?: string[] }[];
  };
  if (data.IamInstanceProfile || data.NetworkInterfaces?.some((one) => one.SubnetId))
    throw invalidRequest('Launch template cannot specify an instance profile or subnets for node groups');
  return {
    reference: { id: template.id, name: template.name, version: String(number) },
    groupIds: data.SecurityGroupIds ?? data.NetworkInterfaces?.flatMap((one) => one.Groups ?? []) ?? [],
    ...(data.InstanceType ? { instanceType: data.InstanceType } : {}),
  };
}
