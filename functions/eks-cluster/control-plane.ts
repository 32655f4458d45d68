/** The control plane as the plan wants it: how it is created, and what is brought to the plan where it differs. */
import {
  type Cluster,
  CreateClusterCommand,
  EKSClient,
  type SupportType,
  type Update,
  UpdateClusterConfigCommand,
  type UpdateClusterConfigCommandInput,
  UpdateClusterVersionCommand,
  type VpcConfigRequest,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { controlPlaneLogs } from '#lib/eks/cluster.ts';
import { onceVisible } from '#lib/eks/propagation.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { known, subnetIdsOf } from '#lib/network/known-ids.ts';
import { names } from '#lib/ownership/names.ts';
import { clientToken, tagRecord } from '#lib/ownership/tags.ts';
import { type Difference, describeDifferences, difference } from '#lib/request/difference.ts';
import { compareVersions } from '#lib/request/versions.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';
import type { StepContext } from '#lib/run/step.ts';

/**
 * True once EKS has accepted it. Nearly every default of this call is one we do not want (aws-facts 5.2), so all
 * is said. Secrets need no `encryptionConfig`: from 1.28 on EKS envelope-encrypts all API data with a key of its own.
 */
export async function createCluster(context: StepContext): Promise<boolean> {
  const { environment, resources } = context;
  const { eks } = environment;
  const accepted = await onceVisible(() =>
    tolerating(['exists'], () =>
      client(EKSClient, environment).send(
        new CreateClusterCommand({
          name: names(environment).cluster,
          version: eks.version,
          roleArn: roleArn(environment, 'cluster'),
          resourcesVpcConfig: {
            subnetIds: subnetIdsOf(environment.subnets, resources, ({ group }) => /^eks-/.test(group)),
            ...endpointAccess(environment),
          },
          kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: eks.serviceIpv4Cidr },
          // API, not API_AND_CONFIG_MAP: with a private endpoint nobody outside the VPC could repair the config
          // map, and EKS itself writes the access entry of managed nodes. The creator (a Lambda) stays out.
          accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
          // Add-ons are managed ones, made by the next steps.
          bootstrapSelfManagedAddons: false,
          upgradePolicy: { supportType: supportType(environment) },
          logging: { clusterLogging: [{ types: controlPlaneLogs, enabled: true }] },
          deletionProtection: eks.deletionProtection,
          clientRequestToken: clientToken(known(resources, 'vpcId'), 'eks-cluster', environment.execution),
          tags: tagRecord(environment, 'eks/cluster'),
        }),
      ),
    ),
  );
  return accepted !== undefined;
}

/** EXTENDED, which is EKS's default, costs six times as much once a version ages out. */
function supportType({ eks }: EnvironmentPlan): SupportType {
  return eks.supportType === 'extended' ? 'EXTENDED' : 'STANDARD';
}

function endpointAccess({ eks }: EnvironmentPlan): VpcConfigRequest {
  return {
    endpointPrivateAccess: true,
    endpointPublicAccess: eks.publicAccess,
    ...(eks.publicAccess && eks.publicAccessCidrs.length > 0
      ? { publicAccessCidrs: [...eks.publicAccessCidrs] }
      : {}),
  };
}

type ConfigUpdate = Omit<UpdateClusterConfigCommandInput, 'name'>;

interface AskedUpdate {
  /** `eks.version from 1.34 to 1.35` */
  readonly what: string;
  readonly update: Update | undefined;
  readonly soonestSeconds: number;
}

/** An upgrade of the control plane was never seen done sooner; ten minutes are usual (eksctl-io/eksctl#7976). */
const upgradeSeconds = 420;
const settingSeconds = 3;

/**
 * Brings the first thing that differs from the plan to it and names it; undefined where nothing does. EKS takes one
 * kind of change a call and one call at a time (aws-facts 5.2), so the next one waits for the next look. Settings come
 * first, as they interrupt nobody; the version last, but for the way back to standard support, which EKS takes only
 * once the version is in it.
 */
export async function updateWhatDiffers(
  { environment, resources }: StepContext,
  cluster: Cluster,
): Promise<AskedUpdate | undefined> {
  const differences = differencesOf(environment, cluster);
  const behind = compareVersions(cluster.version, environment.eks.version) < 0;
  const isForLater = ({ update }: Difference<ConfigUpdate>) =>
    behind && update.upgradePolicy?.supportType === 'STANDARD';
  const first = differences.find((one) => !isForLater(one));
  if (first) return updateSetting(environment, cluster, first);
  return behind ? upgrade(environment, cluster, known(resources, 'vpcId')) : undefined;
}

async function updateSetting(
  environment: EnvironmentPlan,
  { name }: Cluster,
  first: Difference<ConfigUpdate>,
): Promise<AskedUpdate> {
  const what = describeDifferences([first]);
  const { update } = await client(EKSClient, environment).send(
    new UpdateClusterConfigCommand({ name, ...first.update }),
  );
  log.info('cluster update requested', { clusterName: name, what });
  return { what, update, soonestSeconds: settingSeconds };
}

/** Whether the step from one version to the other is a sound one was asked before the run took its lock. */
async function upgrade(
  environment: EnvironmentPlan,
  { name, version: from }: Cluster,
  vpcId: string,
): Promise<AskedUpdate> {
  const { version } = environment.eks;
  const { update } = await client(EKSClient, environment).send(
    new UpdateClusterVersionCommand({
      name,
      version,
      clientRequestToken: clientToken(vpcId, `eks-version-${version}`, environment.execution),
    }),
  );
  log.info('cluster upgrade requested', { clusterName: name, from, version });
  const what = describeDifferences([{ field: 'eks.version', from, to: version, update: undefined }]);
  return { what, update, soonestSeconds: upgradeSeconds };
}

function differencesOf(environment: EnvironmentPlan, cluster: Cluster): Difference<ConfigUpdate>[] {
  const { eks } = environment;
  const supported = supportType(environment);
  const logged = (cluster.logging?.clusterLogging ?? [])
    .filter((setup) => setup.enabled)
    .flatMap((setup) => setup.types ?? [])
    .filter((type) => controlPlaneLogs.includes(type));
  return [
    ...accessDifferences(environment, cluster),
    ...difference('control plane logs', logged, controlPlaneLogs, {
      logging: { clusterLogging: [{ types: controlPlaneLogs, enabled: true }] },
    }),
    ...difference(
      'eks.supportType',
      (cluster.upgradePolicy?.supportType ?? 'EXTENDED').toLowerCase(),
      supported.toLowerCase(),
      { upgradePolicy: { supportType: supported } },
    ),
    ...difference('eks.deletionProtection', cluster.deletionProtection ?? false, eks.deletionProtection, {
      deletionProtection: eks.deletionProtection,
    }),
  ];
}

/** The access to the API endpoint is one update, whichever part of it differs. */
function accessDifferences(environment: EnvironmentPlan, cluster: Cluster): Difference<ConfigUpdate>[] {
  const { publicAccess, publicAccessCidrs } = environment.eks;
  const access = cluster.resourcesVpcConfig;
  const update = { resourcesVpcConfig: endpointAccess(environment) };
  const wantedCidrs = publicAccessCidrs.length > 0 ? publicAccessCidrs : ['0.0.0.0/0'];
  return [
    ...difference('private access', access?.endpointPrivateAccess, true, update),
    ...difference('eks.publicAccess', access?.endpointPublicAccess, publicAccess, update),
    // EKS answers with the CIDRs of a closed public endpoint, too.
    ...(publicAccess
      ? difference('eks.publicAccessCidrs', access?.publicAccessCidrs ?? [], wantedCidrs, update)
      : []),
  ];
}
