/** What every node starts with: how it reaches its metadata, and its volumes. */
import type {
  LaunchTemplateBlockDeviceMappingRequest,
  LaunchTemplateInstanceMetadataOptionsRequest,
} from '@aws-sdk/client-ec2';
import type { EnvironmentPlan } from '#lib/run/environment.ts';

/** Two hops: a pod's request to IMDS passes one more network namespace than the node's own. */
export const nodeMetadata: LaunchTemplateInstanceMetadataOptionsRequest = {
  HttpEndpoint: 'enabled',
  HttpTokens: 'required',
  HttpPutResponseHopLimit: 2,
};

/**
 * Bottlerocket boots from a small system volume, which keeps the size of its image, and holds container images,
 * logs and ephemeral storage on a second one: that is the one the plan's size is for.
 */
export function nodeVolumes({
  diskSizeGiB,
}: Pick<EnvironmentPlan['eks']['nodes'], 'diskSizeGiB'>): LaunchTemplateBlockDeviceMappingRequest[] {
  const common = { VolumeType: 'gp3', Encrypted: true, DeleteOnTermination: true } as const;
  return [
    { DeviceName: '/dev/xvda', Ebs: common },
    { DeviceName: '/dev/xvdb', Ebs: { ...common, VolumeSize: diskSizeGiB } },
  ];
}
