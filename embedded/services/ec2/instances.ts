/** Instances, as far as managed nodes are ones: their owner makes and ends them, callers see them. */
import { type Call, type Operation, read } from '#embedded/model.ts';
import { vcpusOf } from './account.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import { addNetworkInterface, removeNetworkInterface } from './network-interfaces.ts';
import { ec2State, type Instance, requireSubnet } from './state.ts';
import { tagList } from './tags.ts';

export interface NewInstance {
  readonly subnetId: string;
  readonly groupIds: readonly string[];
  readonly instanceType: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Starts a running instance with its primary interface and gives its id. @throws as {@link addNetworkInterface} */
export function addInstance(call: Call, wanted: NewInstance): string {
  const subnet = requireSubnet(call, wanted.subnetId);
  const id = call.newId('i');
  const networkInterfaceId = addNetworkInterface(call, {
    subnetId: subnet.id,
    groupIds: wanted.groupIds,
    description: '',
    requesterManaged: false,
    instanceId: id,
  });
  ec2State(call).instances[id] = {
    id,
    tags: { ...wanted.tags },
    visibleAt: call.now,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    instanceType: wanted.instanceType,
    networkInterfaceId,
    launchedAt: call.now,
    state: 'running',
  };
  return id;
}

/** Terminates one; it stays listed as `terminated` for an hour. A vanished id is not an error. */
export function removeInstance(call: Call, id: string): void {
  const instance = ec2State(call).instances[id];
  if (!instance || instance.state === 'terminated') return;
  instance.state = 'terminated';
  removeNetworkInterface(call, instance.networkInterfaceId);
  call.schedule('ec2:instanceForgotten', id, 3_600_000);
}

const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

function present(instance: Instance, call: Call) {
  const networkInterface = ec2State(call).networkInterfaces[instance.networkInterfaceId];
  return {
    InstanceId: instance.id,
    InstanceType: instance.instanceType,
    SubnetId: instance.subnetId,
    VpcId: instance.vpcId,
    PrivateIpAddress: networkInterface?.privateIp,
    SecurityGroups: (networkInterface?.groupIds ?? []).map((GroupId) => ({ GroupId })),
    LaunchTime: new Date(instance.launchedAt),
    // Two threads a core, as in every family modelled here but Graviton.
    CpuOptions: { CoreCount: (vcpusOf(instance.instanceType) ?? 2) / 2, ThreadsPerCore: 2 },
    State: { Name: instance.state, Code: stateCodes[instance.state] },
    Tags: tagList(instance),
  };
}

export const instanceOperations: Record<string, Operation> = {
  DescribeInstances: read({ InstanceIds: ids, Filters: filters, ...paging }, (input, call) => {
    const instances = select(
      call,
      'instances',
      { ids: input.InstanceIds, filters: input.Filters },
      {
        'instance-id': (instance) => [instance.id],
        'instance-state-name': (instance) => [instance.state],
        'instance-type': (instance) => [instance.instanceType],
        'subnet-id': (instance) => [instance.subnetId],
        'vpc-id': (instance) => [instance.vpcId],
      },
    );
    const { items, ...next } = page(instances, input);
    return {
      Reservations: items.map((instance) => ({
        ReservationId: instance.id.replace('i-', 'r-'),
        OwnerId: call.account,
        Instances: [present(instance, call)],
      })),
      ...next,
    };
  }),
};

export const instanceEvents: Record<string, (id: string, call: Call) => void> = {
  'ec2:instanceForgotten': (id, call) => {
    delete ec2State(call).instances[id];
  },
};
