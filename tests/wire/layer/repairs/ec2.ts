/** EC2: what a new VPC has, client tokens, associations, and NAT gateways that go. */
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DisassociateAddressCommand,
} from '@aws-sdk/client-ec2';
import { ec2Error, ec2Nothing, type WireAnswer, type WireRequest, withForm } from '../message.ts';
import type { Moto, Repair } from '../repair.ts';

const reference = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference';
const devguide = 'https://docs.aws.amazon.com/ec2/latest/devguide';

export function ec2Repairs(): Repair[] {
  const answers = new Map<string, WireAnswer>();
  const withToken = (operation: string): Repair => ({
    operation: `ec2:${operation}`,
    moto: 'ignores ClientToken: a retry makes a second one',
    page: `${devguide}/ec2-api-idempotency.html`,
    answer: (request, moto) => replay(answers, request, moto),
  });
  return [
    withToken('CreateVpcEndpoint'),
    withToken('CreateNatGateway'),
    ...[
      'DescribeInstanceConnectEndpoints',
      'DescribeClientVpnEndpoints',
      'DescribeVpcBlockPublicAccessOptions',
    ].map((operation) => ({
      operation: `ec2:${operation}`,
      moto: 'lacks it, and what it lists',
      page: `${reference}/API_${operation}.html`,
      answer: async (request: WireRequest) => ec2Nothing(request),
    })),
    {
      operation: 'ec2:DescribeVpcEndpointServices',
      moto: 'refuses the filter owner',
      page: `${reference}/API_DescribeVpcEndpointServices.html`,
      // All that moto knows are Amazon's own.
      answer: (request, moto) => moto.forward(withoutFilter(request, 'owner')),
    },
    {
      operation: 'ec2:CreateVpc',
      moto: 'gives the default security group no ingress rule',
      page: 'https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html',
      answer: createVpc,
    },
    {
      operation: 'ec2:AssociateRouteTable',
      moto: 'answers 200 with the old association of a subnet that is on another table, and moves nothing',
      page: `${reference}/errors-overview.html`,
      answer: associateRouteTable,
    },
    {
      operation: 'ec2:DeleteNatGateway',
      moto: 'crashes over an unknown id, and leaves the address associated',
      page: `${reference}/API_DeleteNatGateway.html`,
      answer: deleteNatGateway,
    },
  ];
}

function withoutFilter(request: WireRequest, name: string): WireRequest {
  const [named] =
    [...request.form].find(([key, value]) => /^Filter\.\d+\.Name$/.test(key) && value === name) ?? [];
  if (!named) return request;
  const [, prefix] = /^(Filter\.\d+\.)/.exec(named) as unknown as [string, string];
  const members = [...request.form.keys()].filter((key) => key.startsWith(prefix));
  return withForm(request, Object.fromEntries(members.map((key) => [key, undefined])));
}

/** The same token again answers what the first call answered. */
async function replay(
  answers: Map<string, WireAnswer>,
  request: WireRequest,
  moto: Moto,
): Promise<WireAnswer> {
  const token = request.form.get('ClientToken');
  if (!token) return moto.forward(request);
  const key = `${request.operation}/${request.region}/${token}`;
  const known = answers.get(key);
  if (known) return known;
  const answered = await moto.forward(request);
  if (answered.status === 200) answers.set(key, answered);
  return answered;
}

async function createVpc(request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const answered = await moto.forward(request);
  const vpcId = /<vpcId>([^<]+)</.exec(answered.body)?.[1];
  if (answered.status !== 200 || !vpcId) return answered;
  const { SecurityGroups } = await moto.ec2.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: 'vpc-id', Values: [vpcId] },
        { Name: 'group-name', Values: ['default'] },
      ],
    }),
  );
  const GroupId = SecurityGroups?.[0]?.GroupId as string;
  await moto.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }],
    }),
  );
  return answered;
}

async function associateRouteTable(request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const subnetId = request.form.get('SubnetId');
  const found = await moto.ec2.send(
    new DescribeRouteTablesCommand({
      Filters: [{ Name: 'association.subnet-id', Values: [subnetId ?? ''] }],
    }),
  );
  const elsewhere = (found.RouteTables ?? []).some(
    ({ RouteTableId }) => RouteTableId !== request.form.get('RouteTableId'),
  );
  return subnetId && elsewhere
    ? ec2Error(
        'Resource.AlreadyAssociated',
        `the specified association for ${subnetId} conflicts with an existing association`,
      )
    : moto.forward(request);
}

async function deleteNatGateway(request: WireRequest, moto: Moto): Promise<WireAnswer> {
  const id = request.form.get('NatGatewayId') ?? '';
  const { NatGateways = [] } = await moto.ec2.send(new DescribeNatGatewaysCommand({}));
  const gateway = NatGateways.find(({ NatGatewayId }) => NatGatewayId === id);
  if (!gateway) return ec2Error('NatGatewayNotFound', `NatGateway ${id} was not found`);
  const answered = await moto.forward(request);
  for (const { AllocationId } of gateway.NatGatewayAddresses ?? []) {
    if (!AllocationId) continue;
    const { Addresses } = await moto.ec2.send(
      new DescribeAddressesCommand({ AllocationIds: [AllocationId] }),
    );
    const AssociationId = Addresses?.[0]?.AssociationId;
    if (AssociationId) await moto.ec2.send(new DisassociateAddressCommand({ AssociationId }));
  }
  return answered;
}
