/** The control plane as the plan wants it: how it is created, and what is brought back where it differs. */
import {
  type Cluster,
  CreateClusterCommand,
  EKSClient,
  type LogType,
  type SupportType,
  UpdateClusterConfigCommand,
  type UpdateClusterConfigCommandInput,
  type VpcConfigRequest,
} from '@aws-sdk/client-eks';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { onceVisible } from '#lib/eks/propagation.ts';
import { roleArn } from '#lib/eks/roles.ts';
import { known, subnetIdsOf } from '#lib/network/known-ids.ts';
import { names } from '#lib/ownership/names.ts';
import { clientToken, tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { log } from '#lib/run/log.ts';
import type { StepContext } from '#lib/run/step.ts';

const logTypes: LogType[] = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

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
          logging: { clusterLogging: [{ types: logTypes, enabled: true }] },
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

/** One difference and the update that ends it. */
interface Difference {
  readonly what: string;
  readonly update: Omit<UpdateClusterConfigCommandInput, 'name'>;
}

/**
 * Brings back one thing that differs from the plan and names it; undefined where nothing does. EKS takes one kind
 * of change a call and one call at a time (aws-facts 5.2), so the next one waits for the next look.
 */
export async function updateWhatDiffers(
  environment: EnvironmentPlan,
  cluster: Cluster,
): Promise<string | undefined> {
  const difference = firstDifference(environment, cluster);
  if (!difference) return undefined;
  const { what, update } = difference;
  await client(EKSClient, environment).send(
    new UpdateClusterConfigCommand({ name: cluster.name, ...update }),
  );
  log.info('cluster update requested', { clusterName: cluster.name, what });
  return what;
}

function firstDifference(environment: EnvironmentPlan, cluster: Cluster): Difference | undefined {
  const { eks } = environment;
  const access = cluster.resourcesVpcConfig;
  const wantedCidrs = eks.publicAccessCidrs.length > 0 ? eks.publicAccessCidrs : ['0.0.0.0/0'];
  const accessDiffers =
    access?.endpointPrivateAccess !== true ||
    access.endpointPublicAccess !== eks.publicAccess ||
    (eks.publicAccess && !sameMembers(access.publicAccessCidrs ?? [], wantedCidrs));
  if (accessDiffers)
    return {
      what: 'the access to the API endpoint',
      update: { resourcesVpcConfig: { ...endpointAccess(environment) } },
    };

  const logged = (cluster.logging?.clusterLogging ?? [])
    .filter((setup) => setup.enabled)
    .flatMap((setup) => setup.types ?? []);
  if (!logTypes.every((type) => logged.includes(type)))
    return {
      what: 'the control plane logs',
      update: { logging: { clusterLogging: [{ types: logTypes, enabled: true }] } },
    };

  const supported = supportType(environment);
  if ((cluster.upgradePolicy?.supportType ?? 'EXTENDED') !== supported)
    return { what: 'the support type', update: { upgradePolicy: { supportType: supported } } };

  if ((cluster.deletionProtection ?? false) !== eks.deletionProtection)
    return { what: 'deletion protection', update: { deletionProtection: eks.deletionProtection } };
  return undefined;
}

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((member) => other.includes(member));
}
