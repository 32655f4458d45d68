import {
  AssociateRouteTableCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { testAws } from '../../support/embedded.ts';
import { ec2, makeInternetGateway, makeRouteTable, makeSubnet, makeVpc, refusal, seen } from './support.ts';

const everywhere = '0.0.0.0/0';

test('a table is made once for a token and twice without', async () => {
  const aws = testAws();
  const VpcId = await makeVpc(aws);
  const make = async (ClientToken?: string) =>
    (await ec2().send(new CreateRouteTableCommand({ VpcId, ClientToken }))).RouteTable!.RouteTableId;
  expect(await make('token')).toBe(await make('token'));
  expect(await make()).not.toBe(await make());
});

test('a subnet has one explicit association, which can be replaced', async () => {
  const aws = testAws();
  const vpcId = await makeVpc(aws);
  const SubnetId = await makeSubnet(aws, vpcId);
  const first = await makeRouteTable(aws, vpcId);
  const second = await makeRouteTable(aws, vpcId);
  const associate = (RouteTableId: string) =>
    ec2().send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
  const { AssociationId, AssociationState } = await associate(first);
  expect(AssociationState).toEqual({ State: 'associating' });
  expect(await refusal(associate(first))).toBe('Resource.AlreadyAssociated');
  expect(await refusal(associate(second))).toBe('Resource.AlreadyAssociated');
  const { NewAssociationId } = await ec2().send(
    new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId: second }),
  );
  aws.advance(2);
  const { RouteTables } = await ec2().send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] }),
  );
  expect(RouteTables).toMatchObject([
    {
      RouteTableId: second,
      Associations: [
        { RouteTableAssociationId: NewAssociationId, Main: false, AssociationState: { State: 'associated' } },
      ],
    },
  ]);
  const gone = ec2().send(new DisassociateRouteTableCommand({ AssociationId }));
  expect(await refusal(gone)).toBe('InvalidAssociationID.NotFound');
});

test('a table cannot be deleted while it is associated, nor the main one ever', async () => {
  const aws = testAws();
  const vpcId = await makeVpc(aws);
  const SubnetId = await makeSubnet(aws, vpcId);
  const RouteTableId = await makeRouteTable(aws, vpcId);
  const { AssociationId } = await ec2().send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
  const remove = (id: string) => refusal(ec2().send(new DeleteRouteTableCommand({ RouteTableId: id })));
  expect(await remove(RouteTableId)).toBe('DependencyViolation');
  await ec2().send(new DisassociateRouteTableCommand({ AssociationId }));
  expect(await remove(RouteTableId)).toBe('accepted');
  expect(await remove(RouteTableId)).toBe('InvalidRouteTableID.NotFound');
  const { RouteTables } = await ec2().send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'association.main', Values: ['true'] }] }),
  );
  expect(await remove(RouteTables![0]!.RouteTableId!)).toBe('DependencyViolation');
  const main = RouteTables![0]!.Associations![0]!.RouteTableAssociationId;
  const detach = ec2().send(new DisassociateRouteTableCommand({ AssociationId: main }));
  expect(await refusal(detach)).toBe('InvalidParameterValue');
});

test('a route needs a gateway attached to its VPC, and is replaced only where there is one', async () => {
  const aws = testAws();
  const vpcId = await makeVpc(aws);
  const RouteTableId = await makeRouteTable(aws, vpcId);
  const { InternetGateway } = await ec2().send(new CreateInternetGatewayCommand({}));
  aws.advance(seen);
  const route = (GatewayId: string) => ({ RouteTableId, DestinationCidrBlock: everywhere, GatewayId });
  const create = (id: string) => refusal(ec2().send(new CreateRouteCommand(route(id))));
  const replace = (id: string) => refusal(ec2().send(new ReplaceRouteCommand(route(id))));
  const remove = () =>
    refusal(ec2().send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: everywhere })));
  expect(await create(InternetGateway!.InternetGatewayId!)).toBe('Gateway.NotAttached');
  expect(await create('igw-0123')).toBe('InvalidGatewayID.NotFound');
  const attached = await makeInternetGateway(aws, vpcId);
  expect(await replace(attached)).toBe('InvalidParameterValue');
  expect(await create(attached)).toBe('accepted');
  expect(await create(attached)).toBe('RouteAlreadyExists');
  expect(await replace(attached)).toBe('accepted');
  expect(await remove()).toBe('accepted');
  expect(await remove()).toBe('InvalidRoute.NotFound');
});
