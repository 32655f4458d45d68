/** What EKS keeps of one account in one region, how it is looked up, and EKS's words for what goes wrong. */
import { AwsFault, type Call } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';

export interface Issue {
  readonly code: string;
  readonly message: string;
  readonly resourceIds: string[];
}

/** What an update changes once it is done; the members not named stay. */
export type ClusterChanges = Partial<
  Pick<
    Cluster,
    | 'subnetIds'
    | 'securityGroupIds'
    | 'endpointPublicAccess'
    | 'endpointPrivateAccess'
    | 'publicAccessCidrs'
    | 'logTypes'
    | 'authenticationMode'
    | 'supportType'
    | 'deletionProtection'
    | 'version'
  >
>;

/** What EKS says of an update that failed. */
export interface UpdateError {
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly resourceIds: string[];
}

export interface Update {
  readonly id: string;
  readonly type: string;
  status: 'InProgress' | 'Successful' | 'Failed';
  readonly params: { type: string; value: string }[];
  readonly createdAt: number;
  /** Why it will fail, or has failed. */
  failure?: UpdateError;
}

export interface ClusterUpdate extends Update {
  readonly changes: ClusterChanges;
}

/** What a rolling update makes of a node group once it is through. */
export interface RollingUpdate extends Update {
  readonly version: string;
  readonly launchTemplate?: Nodegroup['launchTemplate'];
  /** How many of the nodes are new ones, beside those they take over from. */
  surge?: number;
}

/** A check of EKS's before an upgrade. Nobody here makes any. Tests put them there. */
export interface Insight {
  readonly id: string;
  readonly name: string;
  /** To which version an upgrade is judged. */
  readonly kubernetesVersion: string;
  status: 'PASSING' | 'WARNING' | 'ERROR' | 'UNKNOWN';
  readonly reason: string;
  readonly recommendation: string;
}

export interface Node {
  readonly instanceId: string;
  /** The interface the VPC CNI added for the pods. */
  podInterfaceId?: string;
}

export interface Nodegroup {
  /** Tells this node group from an earlier one of the same name. */
  readonly uid: string;
  readonly name: string;
  readonly token?: string;
  readonly createdAt: number;
  modifiedAt: number;
  version: string;
  status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DEGRADED' | 'DELETING' | 'CREATE_FAILED';
  issues: Issue[];
  readonly willFail: boolean;
  readonly subnetIds: string[];
  readonly nodeRole: string;
  readonly instanceTypes: string[];
  readonly amiType: string;
  readonly capacityType: string;
  readonly diskSize?: number;
  launchTemplate?: { id: string; name: string; version: string };
  /** What the launch template puts onto the nodes; the cluster security group where it names none. */
  readonly groupIds: string[];
  scaling: { minSize: number; maxSize: number; desiredSize: number };
  maxUnavailable: number;
  labels: Record<string, string>;
  tags: Record<string, string>;
  autoScalingGroup?: string;
  nodes: Node[];
  /** A disruption budget lets none of its pods be evicted. Nobody here makes any. Tests put them there. */
  keepsPods?: boolean;
  updates: Record<string, Update | RollingUpdate>;
}

export interface Addon {
  readonly uid: string;
  readonly name: string;
  readonly token?: string;
  readonly createdAt: number;
  modifiedAt: number;
  version: string;
  status: 'CREATING' | 'ACTIVE' | 'DEGRADED' | 'UPDATING' | 'UPDATE_FAILED' | 'DELETING' | 'CREATE_FAILED';
  issues: Issue[];
  /** Why its creation will fail, where it will. */
  readonly failure?: Issue;
  serviceAccountRoleArn?: string;
  configurationValues?: string;
  tags: Record<string, string>;
  updates: Record<string, Update>;
}

export interface AccessEntry {
  readonly uid: string;
  readonly principalArn: string;
  /** The unique id of the role it was made for. */
  readonly roleId?: string;
  readonly type: string;
  readonly username: string;
  readonly kubernetesGroups: string[];
  readonly createdAt: number;
  tags: Record<string, string>;
  policies: { policyArn: string; scope: { type: string; namespaces: string[] }; associatedAt: number }[];
}

export interface PodIdentityAssociation {
  readonly id: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly roleArn: string;
  readonly createdAt: number;
  /** The add-on it belongs to. */
  readonly ownerArn?: string;
  tags: Record<string, string>;
}

export interface Cluster {
  /** Tells this cluster from an earlier one of the same name. */
  readonly uid: string;
  readonly name: string;
  readonly token?: string;
  readonly createdAt: number;
  version: string;
  readonly roleArn: string;
  readonly vpcId: string;
  subnetIds: string[];
  securityGroupIds: string[];
  endpointPublicAccess: boolean;
  endpointPrivateAccess: boolean;
  publicAccessCidrs: string[];
  readonly serviceIpv4Cidr: string;
  logTypes: string[];
  authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  readonly selfManagedAddons: boolean;
  supportType: 'STANDARD' | 'EXTENDED';
  deletionProtection: boolean;
  readonly encryptionConfig?: { resources: string[]; provider: { keyArn: string } }[];
  tags: Record<string, string>;
  status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' | 'FAILED';
  issues: Issue[];
  readonly willFail: boolean;
  /** Was ACTIVE once: it has an API endpoint and an issuer. */
  established: boolean;
  readonly issuerId: string;
  clusterSecurityGroupId?: string;
  networkInterfaceIds: string[];
  updates: Record<string, ClusterUpdate>;
  nodegroups: Record<string, Nodegroup>;
  addons: Record<string, Addon>;
  /** By principal ARN. */
  accessEntries: Record<string, AccessEntry>;
  podIdentityAssociations: Record<string, PodIdentityAssociation>;
  insights?: Insight[];
  /** Nobody here makes any. Tests put them there. */
  fargateProfiles?: string[];
}

export interface EksState {
  clusters: Record<string, Cluster>;
  /** Nodes that go leave the CNI's interfaces behind, as killed ones do. Off unless a test turns it on. */
  leaksPodInterfaces: boolean;
  /** A brand-new account: EKS cannot assume its service-linked roles before. Left out where they have long been there. */
  linkedRolesUsableAt?: number;
}

export function eksState(call: Call): EksState {
  return call.state<EksState>('eks', () => ({ clusters: {}, leaksPodInterfaces: false }));
}

export function resourceNotFound(message: string, extra: Record<string, unknown> = {}): AwsFault {
  return new AwsFault('ResourceNotFoundException', message, { status: 404, extra });
}

export function resourceInUse(message: string, extra: Record<string, unknown> = {}): AwsFault {
  return new AwsFault('ResourceInUseException', message, { status: 409, extra });
}

export function invalidParameter(message: string, extra: Record<string, unknown> = {}): AwsFault {
  return new AwsFault('InvalidParameterException', message, { extra });
}

export function invalidRequest(message: string, extra: Record<string, unknown> = {}): AwsFault {
  return new AwsFault('InvalidRequestException', message, { extra });
}

/**
 * The first cluster and node group of an account are refused while their service-linked role is being made
 * (aws-samples/aws-fault-injection-simulator-workshop-v2#188).
 */
export function checkServiceLinkedRole(call: Call, who: 'Amazon EKS' | 'Amazon EKS Nodegroups'): void {
  if (call.now >= (eksState(call).linkedRolesUsableAt ?? 0)) return;
  const message = `${who} was unable to assume the service-linked role in your account`;
  // CreateCluster has no InvalidRequestException.
  throw who === 'Amazon EKS' ? invalidParameter(message) : invalidRequest(message);
}

export function limitExceeded(message: string): AwsFault {
  return new AwsFault('ResourceLimitExceededException', message);
}

export function requireCluster(call: Call, name: string): Cluster {
  const cluster = eksState(call).clusters[name];
  if (!cluster) throw resourceNotFound(`No cluster found for name: ${name}.`, { clusterName: name });
  return cluster;
}

export function runningUpdate(cluster: Cluster): ClusterUpdate | undefined {
  return Object.values(cluster.updates).find(({ status }) => status === 'InProgress');
}

/** One update at a time (rancher/eks-operator#547 has the sentence). */
export function refuseWhileUpdating(cluster: Cluster, type: string): void {
  const running = runningUpdate(cluster);
  if (!running) return;
  throw resourceInUse(
    `Cannot ${type} because cluster ${cluster.name} currently has update ${running.id} in progress`,
    { clusterName: cluster.name },
  );
}

/** Most of what hangs on a cluster can be made only while it is ACTIVE, and not while it only still says so. */
export function requireActiveCluster(call: Call, name: string): Cluster {
  const cluster = requireCluster(call, name);
  if (cluster.status !== 'ACTIVE' || runningUpdate(cluster)?.type === 'VersionUpdate')
    throw invalidRequest(`Cluster '${name}' is not in ACTIVE status`, { clusterName: name });
  return cluster;
}

export function requireNodegroup(cluster: Cluster, name: string): Nodegroup {
  const nodegroup = cluster.nodegroups[name];
  if (!nodegroup) {
    throw resourceNotFound(`No node group found for name: ${name}.`, {
      clusterName: cluster.name,
      nodegroupName: name,
    });
  }
  return nodegroup;
}

export function requireAddon(cluster: Cluster, name: string): Addon {
  const addon = cluster.addons[name];
  if (!addon)
    throw resourceNotFound(`No addon: ${name} found in cluster: ${cluster.name}`, {
      clusterName: cluster.name,
      addonName: name,
    });
  return addon;
}

/** Events carry `<cluster uid>` or `<cluster uid>/<member uid>`: a name may be taken by a successor meanwhile. */
export function clusterOfEvent(call: Call, id: string): Cluster | undefined {
  const uid = id.split('/')[0];
  return Object.values(eksState(call).clusters).find((cluster) => cluster.uid === uid);
}

/** The member of a cluster an event is about. */
export function memberOfEvent<M extends { readonly uid: string }>(
  members: Record<string, M>,
  id: string,
): M | undefined {
  const uid = id.split('/')[1];
  return Object.values(members).find((member) => member.uid === uid);
}

export function arnOf(call: Call, path: string): string {
  return `arn:${call.partition}:eks:${call.region}:${call.account}:${path}`;
}

export function nodegroupArn(call: Call, cluster: Cluster, nodegroup: Nodegroup): string {
  return arnOf(call, `nodegroup/${cluster.name}/${nodegroup.name}/${nodegroup.uid}`);
}

export function addonArn(call: Call, cluster: Cluster, addon: Addon): string {
  return arnOf(call, `addon/${cluster.name}/${addon.name}/${addon.uid}`);
}

export function uuid(call: Call): string {
  return [8, 4, 4, 4, 12].map((length) => call.hex(length)).join('-');
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > 50) throw invalidParameter('A resource has at most 50 tags');
  for (const [key, value] of Object.entries(tags)) {
    if (/^aws:/i.test(key) || key.length > 128 || key.length === 0 || value.length > 256)
      throw invalidParameter(`Invalid tag: ${key}`);
  }
}

/** The `nextToken`/`maxResults` paging of every EKS list. */
export function page<T>(items: readonly T[], input: { nextToken?: string; maxResults?: number }) {
  return pageOf(items, input.nextToken, input.maxResults ?? 100, () =>
    invalidParameter('The nextToken is invalid.'),
  );
}

export function describedUpdate(update: Update): object {
  return {
    id: update.id,
    status: update.status,
    type: update.type,
    params: update.params,
    createdAt: new Date(update.createdAt),
    errors: update.status === 'Failed' && update.failure ? [update.failure] : [],
  };
}
