/**
 * What others hang on a VPC that this program never makes: each keeps DeleteVpc from succeeding, and AWS says no more
 * than DependencyViolation (repost.aws "How do I resolve a dependency error when I delete my VPC").
 */
import {
  DescribeVpnGatewaysCommand,
  EC2Client,
  paginateDescribeCarrierGateways,
  paginateDescribeClientVpnEndpoints,
  paginateDescribeEgressOnlyInternetGateways,
  paginateDescribeInstanceConnectEndpoints,
  paginateDescribeNetworkAcls,
  paginateDescribeVpcPeeringConnections,
  type Tag,
} from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import { canonicalCode, isAwsError } from '#lib/aws/errors.ts';
import { allPages, together } from '#lib/aws/reads.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { tagValue } from '#lib/ownership/tags.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import type { Blocker } from './blocker.ts';
import { inVpc, listTransitGatewayAttachments } from './observe.ts';
import { isAttachmentOver } from './transit-gateway.ts';

/** Each kind in its own words; an empty answer where the VPC has none of it. */
export async function dependentsOf(target: RemovalTarget, vpcId: string): Promise<Blocker[]> {
  const ec2 = client(EC2Client, target);
  const kinds = [
    peerings,
    vpnGateways,
    egressOnlyGateways,
    carrierGateways,
    transitGatewayAttachments,
    instanceConnectEndpoints,
    clientVpnEndpoints,
    networkAcls,
  ];
  return (await together(kinds.map((list) => whereOffered(() => list(ec2, vpcId, target))))).flat();
}

/** A region or partition that does not have the kind at all says so; then the VPC has none of it. */
async function whereOffered(list: () => Promise<Blocker[]>): Promise<Blocker[]> {
  try {
    return await list();
  } catch (error) {
    if (isAwsError(error) && /^(InvalidAction|Unsupported)/.test(canonicalCode(error))) return [];
    throw error;
  }
}

function foreign(id: string | undefined, what: string, advice: string, tags?: Tag[]): Blocker {
  const name = tagValue(tags, 'Name');
  return { kind: 'foreign', id: id!, what: name ? `${what} named ${name}` : what, advice };
}

async function peerings(client: EC2Client, vpcId: string): Promise<Blocker[]> {
  const sides = ['requester-vpc-info.vpc-id', 'accepter-vpc-info.vpc-id'].map((Name) =>
    allPages(
      paginateDescribeVpcPeeringConnections({ client }, { Filters: [{ Name, Values: [vpcId] }] }),
      (page) => page.VpcPeeringConnections,
    ),
  );
  const living = (await together(sides))
    .flat()
    .filter(({ Status }) => !['deleted', 'rejected', 'failed', 'expired'].includes(Status?.Code ?? ''));
  return living.map(({ VpcPeeringConnectionId, RequesterVpcInfo, AccepterVpcInfo, Status, Tags }) => {
    const other = RequesterVpcInfo?.VpcId === vpcId ? AccepterVpcInfo : RequesterVpcInfo;
    return foreign(
      VpcPeeringConnectionId,
      `a peering connection (${Status?.Code}) with VPC ${other?.VpcId} of account ${other?.OwnerId}`,
      'delete it (VPC console, Peering connections), with the routes that use it on the other side',
      Tags,
    );
  });
}

async function vpnGateways(client: EC2Client, vpcId: string): Promise<Blocker[]> {
  const Filters = [{ Name: 'attachment.vpc-id', Values: [vpcId] }];
  const { VpnGateways = [] } = await client.send(new DescribeVpnGatewaysCommand({ Filters }));
  return VpnGateways.filter(({ VpcAttachments }) =>
    VpcAttachments?.some((one) => one.VpcId === vpcId && one.State !== 'detached'),
  ).map(({ VpnGatewayId, Tags }) =>
    foreign(
      VpnGatewayId,
      'a virtual private gateway (site-to-site VPN or Direct Connect)',
      'detach it from the VPC; its VPN connections stay with it',
      Tags,
    ),
  );
}

/** Filters of this call know tags only. */
async function egressOnlyGateways(client: EC2Client, vpcId: string): Promise<Blocker[]> {
  const all = await allPages(
    paginateDescribeEgressOnlyInternetGateways({ client }, {}),
    (page) => page.EgressOnlyInternetGateways,
  );
  return all
    .filter(({ Attachments }) => Attachments?.some((one) => one.VpcId === vpcId))
    .map(({ EgressOnlyInternetGatewayId, Tags }) =>
      foreign(EgressOnlyInternetGatewayId, 'an egress-only internet gateway (IPv6)', 'delete it', Tags),
    );
}

async function carrierGateways(client: EC2Client, vpcId: string): Promise<Blocker[]> {
  const all = await allPages(
    paginateDescribeCarrierGateways({ client }, { Filters: inVpc(vpcId) }),
    (page) => page.CarrierGateways,
  );
  return all
    .filter(({ State }) => State !== 'deleted')
    .map(({ CarrierGatewayId, Tags }) =>
      foreign(CarrierGatewayId, 'a carrier gateway (Wavelength Zone)', 'delete it', Tags),
    );
}

async function transitGatewayAttachments(
  client: EC2Client,
  vpcId: string,
  target: RemovalTarget,
): Promise<Blocker[]> {
  const all = await listTransitGatewayAttachments(client, inVpc(vpcId));
  return all
    .filter(({ State }) => !isAttachmentOver(State))
    .map(({ TransitGatewayAttachmentId, TransitGatewayId, State, Tags }): Blocker => {
      const what = `an attachment (${State}) to transit gateway ${TransitGatewayId}`;
      if (isInScope(Tags, target))
        return {
          kind: 'vanishing',
          id: TransitGatewayAttachmentId!,
          what: `${what} of this environment`,
          advice: 'it goes with the routes',
        };
      return foreign(
        TransitGatewayAttachmentId,
        what,
        'delete the attachment, and what routes to it on the transit gateway',
        Tags,
      );
    });
}

async function instanceConnectEndpoints(client: EC2Client, vpcId: string): Promise<Blocker[]> {
  const all = await allPages(
    paginateDescribeInstanceConnectEndpoints({ client }, { Filters: inVpc(vpcId) }),
    (page) => page.InstanceConnectEndpoints,
  );
  return all
    .filter(({ State }) => State !== 'delete-complete')
    .map(({ InstanceConnectEndpointId, Tags }) =>
      foreign(
        InstanceConnectEndpointId,
        'an EC2 Instance Connect Endpoint',
        'delete it (VPC console, Endpoints)',
        Tags,
      ),
    );
}

/** No filter of this call knows the VPC. */
async function clientVpnEndpoints(client: EC2Client, vpcId: string): Promise<Blocker[]> {
  const all = await allPages(
    paginateDescribeClientVpnEndpoints({ client }, {}),
    (page) => page.ClientVpnEndpoints,
  );
  return all
    .filter(({ VpcId, Status }) => VpcId === vpcId && Status?.Code !== 'deleted')
    .map(({ ClientVpnEndpointId, Tags }) =>
      foreign(
        ClientVpnEndpointId,
        'a Client VPN endpoint',
        'disassociate its target networks in this VPC, or delete it; people may be connected through it',
        Tags,
      ),
    );
}

/** The default one goes with its VPC. */
async function networkAcls(client: EC2Client, vpcId: string): Promise<Blocker[]> {
  const Filters = [...inVpc(vpcId), { Name: 'default', Values: ['false'] }];
  const all = await allPages(
    paginateDescribeNetworkAcls({ client }, { Filters }),
    (page) => page.NetworkAcls,
  );
  return all.map(({ NetworkAclId, Tags }) =>
    foreign(NetworkAclId, 'a network ACL beside the default one', 'delete it', Tags),
  );
}
