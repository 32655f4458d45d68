/** What others put into a VPC, as it was arranged from outside. */
import {
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateVpcEndpointCommand,
  DeleteRouteCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeVpcBlockPublicAccessExclusionsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  ModifyVpcEndpointCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { blockPublicAccess } from '#embedded/services/ec2/block-public-access.ts';
import { placeDependent, removeDependent } from '#embedded/services/ec2/dependents.ts';
import {
  guardDutyComes,
  monitorRuntimes,
  placeEndpoint,
  placeGatewayEndpoint,
} from '#embedded/services/ec2/others-endpoints.ts';
import { testAws } from '../../support/embedded.ts';
import {
  ec2,
  makeAddress,
  makeInternetGateway,
  makeRouteTable,
  makeSubnet,
  makeVpc,
  refusal,
  region,
} from './support.ts';

test.each([
  'peering',
  'vpn-gateway',
  'egress-only-gateway',
  'carrier-gateway',
  'transit-gateway-attachment',
  'instance-connect-endpoint',
  'client-vpn-endpoint',
  'network-acl',
] as const)('a %s keeps its VPC', async (kind) => {
  const { aws, ...account } = testAws();
  const VpcId = await makeVpc({ aws, ...account });
  const id = aws.inspect(region, (call) => placeDependent(call, kind, { vpcId: VpcId }));
  expect(await refusal(ec2().send(new DeleteVpcCommand({ VpcId })))).toBe('DependencyViolation');
  aws.inspect(region, (call) => removeDependent(call, id));
  expect(await refusal(ec2().send(new DeleteVpcCommand({ VpcId })))).toBe('accepted');
});

test('a peering that was deleted is listed and keeps nothing', async () => {
  const account = testAws();
  const VpcId = await makeVpc(account);
  account.aws.inspect(region, (call) => placeDependent(call, 'peering', { vpcId: VpcId, state: 'deleted' }));
  const Filters = [{ Name: 'requester-vpc-info.vpc-id', Values: [VpcId] }];
  const found = await ec2().send(new DescribeVpcPeeringConnectionsCommand({ Filters }));
  expect(found.VpcPeeringConnections?.[0]).toMatchObject({ Status: { Code: 'deleted' } });
  expect(await refusal(ec2().send(new DeleteVpcCommand({ VpcId })))).toBe('accepted');
});

test('a network ACL beside the default one is told from it', async () => {
  const account = testAws();
  const VpcId = await makeVpc(account);
  const id = account.aws.inspect(region, (call) => placeDependent(call, 'network-acl', { vpcId: VpcId }));
  const custom = [{ Name: 'default', Values: ['false'] }];
  const found = await ec2().send(new DescribeNetworkAclsCommand({ Filters: custom }));
  expect(found.NetworkAcls?.map((acl) => acl.NetworkAclId)).toEqual([id]);
  const all = await ec2().send(new DescribeNetworkAclsCommand({}));
  expect(all.NetworkAcls).toHaveLength(2);
});

test('an endpoint that a service manages is deleted by nobody else', async () => {
  const account = testAws();
  const vpcId = await makeVpc(account);
  const id = account.aws.inspect(region, (call) =>
    placeEndpoint(call, {
      vpcId,
      serviceName: 'vpce-svc-1',
      type: 'GatewayLoadBalancer',
      requesterManaged: true,
    }),
  );
  const { Unsuccessful } = await ec2().send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
  expect(Unsuccessful?.[0]).toMatchObject({ ResourceId: id, Error: { Code: 'OperationNotPermitted' } });
});

test('the route of a gateway endpoint comes and goes with it, and by no call on routes', async () => {
  const account = testAws();
  const vpcId = await makeVpc(account);
  const RouteTableId = await makeRouteTable(account, vpcId);
  const id = account.aws.inspect(region, (call) => placeGatewayEndpoint(call, vpcId, [RouteTableId]));
  const routes = async () => {
    const { RouteTables } = await ec2().send(
      new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }),
    );
    return RouteTables![0]!.Routes!.filter((route) => route.GatewayId !== 'local');
  };
  expect(await routes()).toMatchObject([
    { DestinationPrefixListId: 'pl-6ea54007', GatewayId: id, State: 'active' },
  ]);
  const remove = new DeleteRouteCommand({ RouteTableId, DestinationPrefixListId: 'pl-6ea54007' });
  expect(await refusal(ec2().send(remove))).toBe('InvalidParameterValue');
  await ec2().send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
  expect(await routes()).toEqual([]);
});

test('a gateway endpoint is made on route tables, of which each takes one for a service', async () => {
  const account = testAws();
  const vpcId = await makeVpc(account);
  const RouteTableId = await makeRouteTable(account, vpcId);
  const gateway = (changes: object = {}) =>
    ec2().send(
      new CreateVpcEndpointCommand({
        VpcEndpointType: 'Gateway',
        VpcId: vpcId,
        ServiceName: 'com.amazonaws.eu-central-1.s3',
        RouteTableIds: [RouteTableId],
        ...changes,
      }),
    );
  const { VpcEndpoint } = await gateway();
  expect(VpcEndpoint).toMatchObject({
    VpcEndpointType: 'Gateway',
    SubnetIds: [],
    RouteTableIds: [RouteTableId],
  });
  expect(await refusal(gateway())).toBe('RouteAlreadyExists');
  await gateway({ ServiceName: 'com.amazonaws.eu-central-1.dynamodb' });
  expect(await refusal(gateway({ ServiceName: 'com.amazonaws.eu-central-1.ec2' }))).toBe(
    'InvalidServiceName',
  );
  expect(await refusal(gateway({ PrivateDnsEnabled: false }))).toBe('InvalidParameter');

  account.advance(10);
  const more = await makeRouteTable(account, vpcId);
  const VpcEndpointId = VpcEndpoint!.VpcEndpointId;
  const modify = (changes: object) => ec2().send(new ModifyVpcEndpointCommand({ VpcEndpointId, ...changes }));
  expect(await refusal(modify({ PrivateDnsEnabled: true }))).toBe('InvalidParameter');
  await modify({ AddRouteTableIds: [more] });
  const { VpcEndpoints } = await ec2().send(
    new DescribeVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId!] }),
  );
  expect(VpcEndpoints![0]!.RouteTableIds).toEqual([RouteTableId, more]);
});

test('a route has one destination, of either family or a prefix list', async () => {
  const account = testAws();
  const vpcId = await makeVpc(account);
  const GatewayId = await makeInternetGateway(account, vpcId);
  const route = { RouteTableId: await makeRouteTable(account, vpcId), GatewayId };
  const create = (destination: object) =>
    refusal(ec2().send(new CreateRouteCommand({ ...route, ...destination })));
  expect(await create({})).toBe('MissingParameter');
  expect(await create({ DestinationIpv6CidrBlock: '::/0' })).toBe('accepted');
  expect(await create({ DestinationIpv6CidrBlock: '::/0' })).toBe('RouteAlreadyExists');
  expect(await create({ DestinationPrefixListId: 'pl-1' })).toBe('accepted');
  expect(await create({ DestinationPrefixListId: 'pl-2', DestinationCidrBlock: '0.0.0.0/0' })).toBe(
    'InvalidParameterCombination',
  );
});

test('GuardDuty comes where the account has runtime monitoring, once', async () => {
  const account = testAws();
  const vpcId = await makeVpc(account);
  const subnetId = await makeSubnet(account, vpcId);
  const come = () => account.aws.inspect(region, (call) => guardDutyComes(call, vpcId, [subnetId]) ?? null);
  const endpoints = async () => (await ec2().send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints ?? [];
  come();
  expect(await endpoints()).toEqual([]);
  account.aws.inspect(region, (call) => monitorRuntimes(call, true) ?? null);
  come();
  come();
  expect(await endpoints()).toMatchObject([
    {
      ServiceName: `com.amazonaws.${region}.guardduty-data`,
      Tags: [{ Key: 'GuardDutyManaged', Value: 'true' }],
      Groups: [{ GroupName: `GuardDutyManagedSecurityGroup-${vpcId}` }],
    },
  ]);
});

test('block public access is off until it is set, and tells what it leaves out', async () => {
  const { aws } = testAws();
  const mode = async () =>
    (await ec2().send(new DescribeVpcBlockPublicAccessOptionsCommand({}))).VpcBlockPublicAccessOptions
      ?.InternetGatewayBlockMode;
  expect(await mode()).toBe('off');
  const exclusions = [{ resourceId: 'vpc-1', mode: 'allow-egress' as const }];
  aws.inspect(region, (call) => blockPublicAccess(call, 'block-bidirectional', exclusions) ?? null);
  expect(await mode()).toBe('block-bidirectional');
  const told = await ec2().send(new DescribeVpcBlockPublicAccessExclusionsCommand({}));
  expect(told.VpcBlockPublicAccessExclusions?.[0]?.ResourceArn).toMatch(/:vpc\/vpc-1$/);
});

test('no NAT gateway is made in apne1-az3', async () => {
  const account = testAws();
  const tokyo = 'ap-northeast-1';
  const vpcId = await makeVpc(account, '10.231.0.0/16', tokyo);
  const SubnetId = await makeSubnet(account, vpcId, '10.231.48.0/22', `${tokyo}a`);
  const made = ec2(tokyo).send(
    new CreateNatGatewayCommand({ SubnetId, AllocationId: await makeAddress(account) }),
  );
  expect(await refusal(made)).toBe('NotAvailableInZone');
});
