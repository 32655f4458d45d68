/**
 * The environment as a network, from a run's events alone: what is asked for, what is coming up, what AWS says is
 * there, and where a rule does not hold.
 */
import type { Plan } from '../api.ts';
import type { RunView } from './run.ts';
import { Reader, type Thing, type ThingStatus } from './things.ts';
import { gatewaysOf, routesOf } from './ways.ts';

export interface Flow extends Thing {
  readonly from: string;
  readonly to: string;
  readonly port: string;
}

interface ZoneView {
  readonly name: string;
  readonly zoneId: string;
}

export interface NetworkView {
  readonly vpc: Thing;
  readonly zones: readonly ZoneView[];
  readonly gateways: readonly Thing[];
  readonly routes: readonly Thing[];
  readonly rows: readonly {
    readonly group: string;
    readonly title: string;
    readonly subnets: readonly Thing[];
  }[];
  readonly endpointSubnet: Thing & { readonly zone: string };
  readonly endpoints: readonly Thing[];
  readonly services: readonly Thing[];
  readonly groups: readonly Thing[];
  readonly flows: readonly Flow[];
}

/** Undefined until a plan is accepted. `rollback`: what a later run takes back of it. */
export function networkOf(run: RunView, rollback?: RunView): NetworkView | undefined {
  const plan = run.accepted?.plan;
  if (!plan) return undefined;
  const reader = new Reader(run, rollback);
  return { ...placesOf(plan, reader), ...servicesOf(plan, reader) };
}

const rowTitles: Readonly<Record<string, readonly [title: string, rule: string]>> = {
  'eks-public': ['EKS public', 'R7'],
  'eks-private': ['EKS private', 'R6'],
  aurora: ['Aurora PostgreSQL', 'R9'],
  documentdb: ['DocumentDB', 'R10'],
  elasticache: ['ElastiCache', 'R11'],
};

type Places = Omit<NetworkView, 'services' | 'groups' | 'flows'>;

function placesOf(plan: Plan, reader: Reader): Places {
  const ids = reader.resources;
  const subnetIds = (ids.subnetIds ?? {}) as Record<string, string>;
  const endpointIds = (ids.endpointIds ?? {}) as Record<string, string>;
  const subnet = ({ component, cidr, zone }: Plan['subnets'][number], rule: string) =>
    reader.thing(
      { id: component, title: component.replace('subnet/', ''), note: `${cidr} in ${zone.name}` },
      'vpc',
      [rule],
      {
        resource: subnetIds[component],
      },
    );
  const inEndpoints = plan.subnets.find(({ group }) => group === 'endpoints') as Plan['subnets'][number];
  return {
    vpc: reader.thing(
      { id: 'vpc', title: `VPC ${plan.vpcCidr}` },
      'vpc',
      ['R1', 'R2', 'R3', 'R4', 'R5', 'R12'],
      {
        resource: ids.vpcId,
      },
    ),
    zones: plan.zones.map(({ name, id }) => ({ name, zoneId: id })),
    gateways: gatewaysOf(plan, reader),
    routes: routesOf(plan, reader),
    rows: Object.entries(rowTitles).map(([group, [title, rule]]) => ({
      group,
      title,
      subnets: plan.subnets.filter((one) => one.group === group).map((one) => subnet(one, rule)),
    })),
    endpointSubnet: { ...subnet(inEndpoints, 'R8'), zone: inEndpoints.zone.name },
    endpoints: plan.endpointServices.map(({ suffix }) =>
      reader.thing({ id: `endpoint/${suffix}`, title: suffix }, 'endpoints', ['R18', 'R19'], {
        resource: endpointIds[suffix],
      }),
    ),
  };
}

function servicesOf(plan: Plan, reader: Reader): Pick<NetworkView, 'services' | 'groups' | 'flows'> {
  const { eks, aurora, documentdb, elasticache, efs } = plan;
  const service = (step: string, title: string, note: string, rules: readonly string[], resource?: unknown) =>
    reader.thing({ id: step, title, note }, step, rules, {
      key: step,
      ...(resource === undefined ? {} : { resource }),
    });
  const { instanceTypes, minSize, maxSize } = eks.nodes;
  return {
    services: [
      service(
        'eks-cluster',
        `EKS control plane ${eks.version}`,
        eks.publicAccess ? 'public and private' : 'private',
        ['R26'],
        reader.resources.clusterName,
      ),
      service('eks-nodes', 'EKS nodes', `${minSize} to ${maxSize} × ${instanceTypes.join(' or ')}`, ['R27']),
      service('aurora', 'Aurora PostgreSQL', `${aurora.instances} × ${aurora.instanceClass}`, ['R28']),
      service('documentdb', 'DocumentDB', `${documentdb.instances} × ${documentdb.instanceClass}`, ['R29']),
      service('elasticache', 'ElastiCache', `${elasticache.replicas + 1} × ${elasticache.nodeType}`, ['R30']),
      service('efs', 'EFS', `${efs.throughputMode} throughput, a mount target a zone`, ['R31']),
    ],
    groups: groupsOf(plan, reader),
    flows: flowsOf(plan, reader),
  };
}

function groupsOf(plan: Plan, reader: Reader): Thing[] {
  const ids = reader.resources;
  const group = (
    id: string,
    title: string,
    note: string,
    step: string,
    rules: readonly string[],
    resource: unknown,
  ) => reader.thing({ id, title, note }, step, rules, { resource });
  return [
    group(
      'group/base',
      'Base default group',
      'data services and endpoints',
      'vpc',
      ['R21'],
      ids.defaultSecurityGroupId,
    ),
    group(
      'group/eks',
      'EKS cluster group',
      'made by EKS; control plane, nodes and pods',
      'eks-cluster',
      ['R26'],
      ids.clusterSecurityGroupId,
    ),
    reader.thing(
      {
        id: 'group/eks-on-endpoints',
        title: 'EKS group on the endpoints',
        note: 'beside the base default group',
      },
      'eks-endpoints',
      ['R20'],
    ),
    ...(plan.loadBalancer.ingress.length > 0
      ? [
          group(
            'group/load-balancer',
            'Load balancer group',
            'public',
            'security-groups',
            ['R24'],
            ids.loadBalancerSecurityGroupId,
          ),
        ]
      : []),
  ];
}

/** What R25 derives from rules and routes, and the two rules it stands on. */
function flowsOf(plan: Plan, reader: Reader): Flow[] {
  const rule = (id: string, from: string, to: string, of: string): Flow => ({
    ...reader.thing({ id, title: `${from} → ${to}` }, 'eks-connect', [of]),
    from,
    to,
    port: 'everything',
  });
  const reach = (to: string, port: string, step: string): Flow => {
    const found = reader.thing({ id: `flow/${to}`, title: `EKS → ${to}` }, step, []);
    const connected = reader.thing({ id: 'connected', title: '' }, 'eks-connect', []);
    const evidence = reader
      .evidence('R25')
      ?.split('; ')
      .find((text) => text.startsWith(`${to} ${port} `));
    const status = evidence
      ? 'broken'
      : connected.status === 'there'
        ? found.status
        : lesser(connected.status, found.status);
    return { ...found, status, ...(evidence ? { why: evidence } : {}), from: 'EKS nodes and pods', to, port };
  };
  return [
    rule('rule/eks-to-base', 'EKS cluster group', 'Base default group', 'R22'),
    rule('rule/base-to-eks', 'Base default group', 'EKS cluster group', 'R23'),
    reach('Aurora', '5432', 'aurora'),
    reach('DocumentDB', '27017', 'documentdb'),
    reach('ElastiCache', '6379', 'elasticache'),
    reach('EFS', '2049', 'efs'),
    reach('the endpoints', '443', 'endpoints'),
    ...plan.loadBalancer.ingress.map(({ protocol, fromPort, toPort, cidr }, index): Flow => {
      const port = `${protocol} ${fromPort === toPort ? (fromPort ?? 'all') : `${fromPort}–${toPort}`}`;
      const to = 'Load balancer group';
      const title = `${cidr} → ${to}`;
      return {
        ...reader.thing({ id: `flow/load-balancer/${index}`, title }, 'security-groups', ['R24']),
        from: cidr,
        to,
        port,
      };
    }),
  ];
}

const order: readonly ThingStatus[] = ['absent', 'leaving', 'coming', 'there'];

function lesser(one: ThingStatus, other: ThingStatus): ThingStatus {
  return order.indexOf(one) < order.indexOf(other) ? one : other;
}
