import { describe, expect, it } from 'vitest';
import { tagRecord } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import { outputsOf } from '#lib/verify/outputs.ts';
import { judge } from '#lib/verify/rules/index.ts';
import { samplePlan } from '../../support/plan.ts';
import { type Healthy, healthy, loadBalancerGroup } from './healthy.ts';

const httpsAndPing: EnvironmentPlan['loadBalancer']['ingress'] = [
  { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' },
  { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '2001:DB8:0::/32' },
  { protocol: 'icmp', cidr: '198.51.100.0/24' },
];

function brokenRules(plan: EnvironmentPlan, seen: Healthy): string[] {
  return judge(plan, seen)
    .filter((result) => !result.holds)
    .map((result) => result.rule);
}

function withS3Gateway() {
  const plan = samplePlan({ network: { ...samplePlan().network, s3GatewayEndpoint: true } });
  const seen = healthy(plan);
  const [example] = seen.endpoints;
  seen.endpoints.push({
    ...example!,
    id: 'vpce-gateway',
    serviceName: `com.amazonaws.${plan.region}.s3`,
    type: 'Gateway',
    subnetIds: [],
    routeTableIds: ['rtb-private', 'rtb-public'],
    tags: tagRecord(plan, 'endpoint/s3-gateway'),
  });
  return { plan, seen };
}

function withTransitGateway() {
  const id = 'tgw-0123456789abcdef0';
  const wish = { id, routes: ['10.0.0.0/8'] };
  const plan = samplePlan({ network: { ...samplePlan().network, transitGateway: wish } });
  const seen = healthy(plan);
  seen.transitGatewayAttachments.push({
    id: 'tgw-attach-1',
    gatewayId: id,
    state: 'available',
    subnetIds: ['subnet-eks-private-a', 'subnet-eks-private-b', 'subnet-eks-private-c'],
    tags: tagRecord(plan, 'transit-gateway-attachment'),
  });
  const table = seen.routeTables.find((one) => one.id === 'rtb-private')!;
  table.routes.push({ destination: '10.0.0.0/8', target: id, state: 'active' });
  return { plan, seen, table };
}

function driftOf(plan: EnvironmentPlan, seen: Healthy): Record<string, readonly string[]> {
  return Object.fromEntries(judge(plan, seen).flatMap(({ rule, drift }) => (drift ? [[rule, drift]] : [])));
}

const ordered = Array.from({ length: 32 }, (_, index) => `R${index + 1}`);

describe('a healthy environment', () => {
  it('holds every rule, in order, each with evidence', () => {
    const results = judge(samplePlan(), healthy());
    expect(results.map((result) => result.rule)).toEqual(ordered);
    expect(results.filter((result) => !result.holds)).toEqual([]);
    for (const { rule, evidence } of results) {
      expect(evidence, rule).not.toMatch(/undefined|NaN/);
      expect(evidence.length, rule).toBeGreaterThan(20);
    }
  });

  it('names ids in the evidence', () => {
    const evidence = Object.fromEntries(
      judge(samplePlan(), healthy()).map((each) => [each.rule, each.evidence]),
    );
    expect(evidence.R13).toBe('igw-1 is attached to vpc-1');
    expect(evidence.R14).toBe('nat-1 in subnet-eks-public-a with eipalloc-1 (198.51.100.7)');
    expect(evidence.R22).toBe('eks_to_base: sg-base admits everything from sg-eks');
  });

  it('holds every rule with the load balancer group that was asked for', () => {
    const plan = samplePlan({ loadBalancer: { ingress: httpsAndPing } });
    const seen = healthy(plan);
    seen.securityGroups.push(loadBalancerGroup(plan));
    expect(brokenRules(plan, seen)).toEqual([]);
  });

  it('holds every rule with a public API endpoint that was asked for', () => {
    const eks = { ...samplePlan().eks, publicAccess: true, publicAccessCidrs: ['198.51.100.0/24'] };
    const plan = samplePlan({ eks });
    expect(brokenRules(plan, healthy(plan))).toEqual([]);
  });

  it('holds every rule with the S3 gateway endpoint that was asked for', () => {
    const { plan, seen } = withS3Gateway();
    expect(brokenRules(plan, seen)).toEqual([]);
    expect(judge(plan, seen).find(({ rule }) => rule === 'R18')?.evidence).toMatch(
      /^12 interface endpoints .*S3 gateway endpoint vpce-gateway is on the EKS route tables$/,
    );
  });

  it('is not disturbed by the endpoint GuardDuty puts into the EKS subnets', () => {
    const seen = healthy();
    seen.endpoints.push({
      ...seen.endpoints[0]!,
      id: 'vpce-guardduty',
      serviceName: 'com.amazonaws.eu-central-1.guardduty-data',
      subnetIds: ['subnet-eks-private-a', 'subnet-endpoints-a'],
      securityGroupIds: ['sg-guardduty'],
      tags: { GuardDutyManaged: 'true' },
    });
    expect(brokenRules(samplePlan(), seen)).toEqual([]);
    expect(driftOf(samplePlan(), seen)).toEqual({
      R18: [expect.stringContaining('vpce-guardduty is GuardDuty')],
    });
  });

  it('that stood before this run only reports a VPC or block that was put over it later', () => {
    const seen = healthy();
    seen.otherVpcs[0]!.moreCidrs = ['10.231.128.0/20'];
    seen.vpcs[0]!.moreCidrs = ['100.64.0.0/16'];
    expect(brokenRules(samplePlan({ execution: 'run-2' }), seen)).toEqual([]);
    expect(driftOf(samplePlan({ execution: 'run-2' }), seen)).toEqual({
      R1: ['vpc-1 has further blocks: 100.64.0.0/16'],
      R4: ['10.231.0.0/16 overlaps 10.231.128.0/20 of vpc-9 (theirs)'],
    });
  });

  it('only reports the route of a gateway endpoint that somebody put on the main table', () => {
    const seen = healthy();
    seen.routeTables
      .find((each) => each.main)!
      .routes.push({ destination: 'pl-s3', target: 'vpce-s3', state: 'active' });
    expect(brokenRules(samplePlan(), seen)).toEqual([]);
    expect(driftOf(samplePlan(), seen)).toEqual({
      R17: [expect.stringContaining('routes pl-s3 to vpce-s3')],
    });
  });

  it('reports what somebody let into the group that every data service carries', () => {
    const seen = healthy();
    const open = { protocol: 'tcp', fromPort: 0, toPort: 65535, groupIds: [], cidrs: ['10.0.0.0/13'] };
    seen.securityGroups.find((each) => each.name === 'default')!.ingress.push(open);
    expect(brokenRules(samplePlan(), seen)).toEqual([]);
    expect(driftOf(samplePlan(), seen)).toEqual({
      R21: [expect.stringContaining('sg-base admits tcp 0-65535 from 10.0.0.0/13')],
    });
  });

  it('reports an endpoint policy that somebody wrote', () => {
    const seen = healthy();
    seen.endpoints[0]!.policy = '{"Statement":[]}';
    expect(brokenRules(samplePlan(), seen)).toEqual([]);
    expect(driftOf(samplePlan(), seen)).toEqual({
      R18: [expect.stringContaining('a policy that somebody wrote')],
    });
  });

  it('is not disturbed by an IPv6-only subnet of somebody else', () => {
    const seen = healthy();
    seen.subnets.push({ ...seen.subnets[0]!, id: 'subnet-ipv6', cidr: '', tags: {} });
    expect(brokenRules(samplePlan(), seen)).toEqual([]);
  });

  it('is not disturbed by a backup under way, or by a further group on a service', () => {
    const seen = healthy();
    seen.aurora.status = 'backing-up';
    seen.cache.status = 'snapshotting';
    seen.fileSystem.state = 'updating';
    seen.documentdb.securityGroupIds.push('sg-theirs');
    expect(brokenRules(samplePlan(), seen)).toEqual([]);
  });

  it('is not disturbed by a database reader somebody added', () => {
    const seen = healthy();
    const extra = { id: 'extra', instanceClass: 'db.r6g.large', status: 'creating' };
    seen.aurora.instances.push({ ...seen.aurora.instances[0]!, ...extra });
    expect(brokenRules(samplePlan(), seen)).toEqual([]);
  });
});

it('a later minor version than asked for is what was asked for', () => {
  const seen = healthy();
  seen.aurora.engineVersion = '16.9';
  expect(brokenRules(samplePlan(), seen)).toEqual([]);
});

/** What goes wrong, which rules say so, and how the evidence of the first puts it. */
type Case = [what: string, rules: string[], evidence: RegExp, change: (seen: Healthy) => void];

const subnet = (seen: Healthy, id: string) => seen.subnets.find((each) => each.id === id)!;
const table = (seen: Healthy, id: string) => seen.routeTables.find((each) => each.id === id)!;
const group = (seen: Healthy, id: string) => seen.securityGroups.find((each) => each.id === id)!;
const endpoint = (seen: Healthy, id: string) => seen.endpoints.find((each) => each.id === id)!;

const addressCases: Case[] = [
  [
    'the VPC has dedicated tenancy',
    ['R1'],
    /vpc-1 has dedicated tenancy/,
    (seen) => {
      seen.vpcs[0]!.tenancy = 'dedicated';
    },
  ],
  [
    'a second VPC carries the ownership tag',
    ['R1'],
    /expected one VPC of environment dev, found vpc-1, vpc-2/,
    (seen) => {
      seen.vpcs.push({ ...seen.vpcs[0]!, id: 'vpc-2' });
    },
  ],
  [
    'the cluster is in another VPC',
    ['R1'],
    /cluster is in vpc-2, not in vpc-1/,
    (seen) => {
      seen.cluster.vpcId = 'vpc-2';
    },
  ],
  [
    'the VPC is a /17',
    ['R2', 'R3'],
    /10\.231\.0\.0\/17: prefix length must be \/16/,
    (seen) => {
      seen.vpcs[0]!.cidr = '10.231.0.0/17';
    },
  ],
  [
    'the VPC lies on the block before the staging shift',
    ['R3', 'R6', 'R7', 'R8', 'R9', 'R10', 'R11'],
    /expected 10\.231\.0\.0\/16, found 10\.230\.0\.0\/16 on vpc-1/,
    (seen) => {
      seen.vpcs[0]!.cidr = '10.230.0.0/16';
    },
  ],
  [
    'another VPC overlaps',
    ['R4'],
    /10\.231\.0\.0\/16 overlaps 10\.231\.128\.0\/20 of vpc-9 \(theirs\)/,
    (seen) => {
      seen.otherVpcs[0]!.moreCidrs = ['10.231.128.0/20'];
    },
  ],
  [
    'DNS hostnames are off',
    ['R5'],
    /DNS hostnames are off for vpc-1/,
    (seen) => {
      seen.dnsHostnames = false;
    },
  ],
  [
    'DNS support is off',
    ['R5'],
    /DNS support is off for vpc-1/,
    (seen) => {
      seen.dnsSupport = false;
    },
  ],
  [
    'a private subnet lacks its role tag',
    ['R6'],
    /expected tag kubernetes\.io\/role\/internal-elb=1 on subnet-eks-private-b, found none/,
    (seen) => {
      delete subnet(seen, 'subnet-eks-private-b').tags['kubernetes.io/role/internal-elb'];
    },
  ],
  [
    'a public subnet is still pending',
    ['R7'],
    /subnet-eks-public-c is pending/,
    (seen) => {
      subnet(seen, 'subnet-eks-public-c').state = 'pending';
    },
  ],
  [
    'the endpoints subnet is in another zone than planned',
    ['R8'],
    /subnet-endpoints-a is in eu-central-1b, not in eu-central-1a/,
    (seen) => {
      subnet(seen, 'subnet-endpoints-a').zone = { name: 'eu-central-1b', id: 'euc1-az3' };
    },
  ],
  [
    'an Aurora subnet has another block',
    ['R9'],
    /expected aurora subnets 10\.231\.253\.192\/28, .* found 10\.231\.253\.240\/28/,
    (seen) => {
      subnet(seen, 'subnet-aurora-a').cidr = '10.231.253.240/28';
    },
  ],
  [
    'two DocumentDB subnets share a zone',
    ['R10', 'R12'],
    /are not one in each zone/,
    (seen) => {
      subnet(seen, 'subnet-documentdb-c').zone = subnet(seen, 'subnet-documentdb-a').zone;
    },
  ],
  [
    'an ElastiCache subnet is missing',
    ['R11', 'R30'],
    /found 10\.231\.255\.64\/28, 10\.231\.255\.80\/28$/,
    (seen) => {
      seen.subnets = seen.subnets.filter((each) => each.id !== 'subnet-elasticache-c');
    },
  ],
  [
    'two subnets overlap',
    ['R12'],
    /subnet-stray \(10\.231\.16\.0\/24\)|overlaps subnet-stray/,
    (seen) => {
      seen.subnets.push({ ...seen.subnets[0]!, id: 'subnet-stray', cidr: '10.231.16.0/24', tags: {} });
    },
  ],
  [
    'one group has its zones in another order',
    ['R12'],
    /subnet-aurora-a \(aurora a\) is in eu-central-1b, not in eu-central-1a/,
    (seen) => {
      const [first, second] = [subnet(seen, 'subnet-aurora-a'), subnet(seen, 'subnet-aurora-b')];
      [first.zone, second.zone] = [second.zone, first.zone];
    },
  ],
];

const routingCases: Case[] = [
  [
    'the Internet Gateway is not attached',
    ['R13'],
    /expected an Internet Gateway attached to vpc-1, found none/,
    (seen) => {
      seen.internetGateways[0]!.attachments = [];
    },
  ],
  [
    'there are two Internet Gateways',
    ['R13'],
    /expected one Internet Gateway, found igw-1, igw-2/,
    (seen) => {
      seen.internetGateways.push({ id: 'igw-2', attachments: [] });
    },
  ],
  [
    'the NAT gateway is in the second public subnet',
    ['R14'],
    /expected nat-1 in the first public subnet subnet-eks-public-a, found it in subnet-eks-public-b/,
    (seen) => {
      seen.natGateways[0]!.subnetId = 'subnet-eks-public-b';
    },
  ],
  [
    'a second Elastic IP was left over',
    ['R14'],
    /expected one Elastic IP, found eipalloc-1, eipalloc-2/,
    (seen) => {
      seen.addresses.push({ allocationId: 'eipalloc-2', publicIp: '198.51.100.8' });
    },
  ],
  [
    'the private default route is a black hole',
    ['R15'],
    /route 0\.0\.0\.0\/0 of rtb-private is blackhole/,
    (seen) => {
      table(seen, 'rtb-private').routes[1]!.state = 'blackhole';
    },
  ],
  [
    'the endpoints subnet is not on the private table',
    ['R15'],
    /expected rtb-private on .*subnet-endpoints-a, found it on/,
    (seen) => {
      table(seen, 'rtb-private').subnetIds.pop();
    },
  ],
  [
    'the public default route leads to the NAT gateway',
    ['R16'],
    /expected 0\.0\.0\.0\/0 of rtb-public to lead to the Internet Gateway igw-1, found nat-1/,
    (seen) => {
      table(seen, 'rtb-public').routes[1]!.target = 'nat-1';
    },
  ],
  [
    'the main table leads out',
    ['R17'],
    /main table rtb-main routes 0\.0\.0\.0\/0 to igw-1/,
    (seen) => {
      table(seen, 'rtb-main').routes.push({ destination: '0.0.0.0/0', target: 'igw-1', state: 'active' });
    },
  ],
  [
    'a data subnet is associated explicitly',
    ['R17'],
    /subnet-aurora-a is associated with rtb-other/,
    (seen) => {
      seen.routeTables.push({
        ...table(seen, 'rtb-main'),
        id: 'rtb-other',
        main: false,
        subnetIds: ['subnet-aurora-a'],
      });
    },
  ],
];

const endpointCases: Case[] = [
  [
    'an endpoint is missing',
    ['R18'],
    /expected twelve endpoints, missing sts/,
    (seen) => {
      seen.endpoints = seen.endpoints.filter((each) => each.id !== 'vpce-sts');
    },
  ],
  [
    'there is a thirteenth endpoint',
    ['R18'],
    /vpce-13 \(com\.amazonaws\.eu-central-1\.sts\) is one too many/,
    (seen) => {
      seen.endpoints.push({ ...endpoint(seen, 'vpce-sts'), id: 'vpce-13' });
    },
  ],
  [
    'an endpoint is a gateway',
    ['R18'],
    /vpce-s3 is of type Gateway/,
    (seen) => {
      endpoint(seen, 'vpce-s3').type = 'Gateway';
    },
  ],
  [
    'an endpoint never became available',
    ['R8', 'R18'],
    /email-smtp is not served in this zone: vpce-email-smtp is failed/,
    (seen) => {
      endpoint(seen, 'vpce-email-smtp').state = 'failed';
    },
  ],
  [
    's3 has private DNS',
    ['R19'],
    /expected private DNS off for vpce-s3 .*, found it on/,
    (seen) => {
      endpoint(seen, 'vpce-s3').privateDns = true;
    },
  ],
  [
    'another endpoint has no private DNS',
    ['R19'],
    /expected private DNS on for vpce-ec2 .*, found it off/,
    (seen) => {
      endpoint(seen, 'vpce-ec2').privateDns = false;
    },
  ],
  [
    'an endpoint does not carry the EKS group',
    ['R20'],
    /expected sg-base and sg-eks on vpce-logs, found sg-base/,
    (seen) => {
      endpoint(seen, 'vpce-logs').securityGroupIds = ['sg-base'];
    },
  ],
];

const groupCases: Case[] = [
  [
    'a mount target carries the EKS group instead',
    ['R21'],
    /expected sg-base on fsmt-2, found sg-eks/,
    (seen) => {
      seen.fileSystem.mountTargets[1]!.securityGroupIds = ['sg-eks'];
    },
  ],
  [
    'eks_to_base is for TCP only',
    ['R22'],
    /expected eks_to_base, all protocols and ports into sg-base from sg-eks/,
    (seen) => {
      group(seen, 'sg-base').ingress[1]!.protocol = 'tcp';
    },
  ],
  ...(['0.0.0.0/0', '::/0', '128.0.0.0/1'] as const).map(
    (cidr): Case => [
      `the base group is open to ${cidr}`,
      ['R22'],
      new RegExp(`sg-base admits tcp 5432-5432 from ${cidr}: the databases .* are open to the internet`),
      (seen) => {
        group(seen, 'sg-base').ingress.push({
          protocol: 'tcp',
          fromPort: 5432,
          toPort: 5432,
          cidrs: [cidr],
          groupIds: [],
        });
      },
    ],
  ),
  [
    'base_to_eks is missing',
    ['R23'],
    /expected base_to_eks, all protocols and ports into sg-eks from sg-base/,
    (seen) => {
      group(seen, 'sg-eks').ingress.pop();
    },
  ],
  [
    'there is a load balancer group nobody asked for',
    ['R24'],
    /expected no load balancer group, found sg-lb/,
    (seen) => {
      seen.securityGroups.push(loadBalancerGroup(samplePlan()));
    },
  ],
  [
    'Redis listens elsewhere',
    ['R25'],
    /ElastiCache listens on 6380, not 6379/,
    (seen) => {
      seen.cache.port = 6380;
    },
  ],
  [
    'the EKS group lets nothing out',
    ['R25'],
    /Aurora 5432 is not reachable from EKS: no egress rule of sg-eks/,
    (seen) => {
      group(seen, 'sg-eks').egress = [];
    },
  ],
  [
    'pods may not speak to each other',
    ['R25'],
    /^pod to pod 5672 is not reachable from EKS: no ingress rule of sg-eks .*; pod to pod 15672/,
    (seen) => {
      group(seen, 'sg-eks').ingress.shift();
    },
  ],
  [
    'a network ACL keeps the databases to themselves',
    ['R25'],
    /Aurora 5432 is not reachable from EKS: acl-1 lets no tcp 5432 out of subnet-eks-private-a/,
    (seen) => {
      seen.networkAcls[0]!.entries.unshift({
        number: 90,
        egress: true,
        allow: false,
        protocol: '6',
        cidr: '10.231.253.0/24',
        fromPort: 5432,
        toPort: 5432,
      });
    },
  ],
  [
    'the way to the databases leads through an appliance',
    ['R25'],
    /rtb-private sends 10\.231\.253\.0\/24 to eni-1, not locally|has no local route/,
    (seen) => {
      table(seen, 'rtb-private').routes.push({
        destination: '10.231.253.0/24',
        target: 'eni-1',
        state: 'active',
      });
    },
  ],
];

const serviceCases: Case[] = [
  [
    'the API endpoint is public unasked',
    ['R26'],
    /expected public access off for aoscloud-dev, found it on/,
    (seen) => {
      seen.cluster.publicAccess = true;
    },
  ],
  [
    'the cluster may go into extended support unasked',
    ['R26'],
    /expected the support type STANDARD for aoscloud-dev, found EXTENDED/,
    (seen) => {
      seen.cluster.supportType = 'EXTENDED';
    },
  ],
  [
    'an administrator was shut out',
    ['R26'],
    /expected arn:aws:iam::111122223333:role\/platform-admin to administer aoscloud-dev/,
    (seen) => {
      seen.accessEntries[0]!.administers = false;
    },
  ],
  [
    'somebody whom the request does not name kept the entry we made',
    ['R26'],
    /expected no entry for arn:aws:iam::111122223333:role\/left, who is no administrator by the request/,
    (seen) => {
      const principal = 'arn:aws:iam::111122223333:role/left';
      seen.accessEntries.push({ principal, own: true, administers: true });
    },
  ],
  [
    'the cluster group was not made by EKS',
    ['R26'],
    /expected a cluster security group that EKS made, found sg-eks/,
    (seen) => {
      group(seen, 'sg-eks').tags = {};
    },
  ],
  [
    'the OIDC provider speaks for another issuer',
    ['R26'],
    /expected an OIDC provider for oidc\.eks\..*, found oidc\.example\.com/,
    (seen) => {
      seen.oidcProvider.url = 'oidc.example.com';
    },
  ],
  [
    'an add-on is degraded',
    ['R26'],
    /add-on coredns is DEGRADED/,
    (seen) => {
      seen.addons.find((addon) => addon.name === 'coredns')!.status = 'DEGRADED';
    },
  ],
  [
    'an add-on is missing',
    ['R26'],
    /expected add-ons aws-efs-csi-driver/,
    (seen) => {
      seen.addons = seen.addons.filter((addon) => addon.name !== 'aws-efs-csi-driver');
    },
  ],
  [
    'the cluster is on the private subnets only',
    ['R26'],
    /expected aoscloud-dev on .*subnet-eks-public-c, found it on/,
    (seen) => {
      seen.cluster.subnetIds = seen.cluster.subnetIds.slice(0, 3);
    },
  ],
  [
    'the cluster runs another version',
    ['R26'],
    /expected Kubernetes 1\.35 on aoscloud-dev, found 1\.34/,
    (seen) => {
      seen.cluster.version = '1.34';
    },
  ],
  [
    'the nodes are behind their cluster',
    ['R27'],
    /expected Kubernetes 1\.35 of aoscloud-dev-nodes, found 1\.34/,
    (seen) => {
      seen.nodegroup.version = '1.34';
    },
  ],
  [
    'the nodes are of another type, with other bounds',
    ['R27'],
    /expected minSize 3 of aoscloud-dev-nodes, found 1.*expected maxSize 10 .*found 20.*expected aoscloud-dev-nodes of t3a\.2xlarge, found m5\.large/,
    (seen) => {
      Object.assign(seen.nodegroup, { minSize: 1, maxSize: 20, instanceTypes: ['m5.large'] });
    },
  ],
  [
    'the nodes have another disk',
    ['R27'],
    /expected diskSizeGiB 50 of aoscloud-dev-nodes, found 20/,
    (seen) => {
      seen.launchTemplate.volumes.find(({ device }) => device === '/dev/xvdb')!.sizeGiB = 20;
    },
  ],
  [
    'a second node group is left',
    ['R27'],
    /expected one node group, found aoscloud-dev-nodes-2 \(ACTIVE\) beside aoscloud-dev-nodes/,
    (seen) => {
      seen.nodegroupsBeside = [{ ...seen.nodegroup, name: 'aoscloud-dev-nodes-2' }];
    },
  ],
  [
    'the nodes are in a public subnet',
    ['R27'],
    /expected aoscloud-dev-nodes in .*, found it in subnet-eks-public-a/,
    (seen) => {
      seen.nodegroup.subnetIds[0] = 'subnet-eks-public-a';
    },
  ],
  [
    'an Aurora instance is of another class',
    ['R28'],
    /expected 1 available instance of db\.t3\.medium, found aoscloud-dev-aurora-1 \(db\.t3\.large, available\)/,
    (seen) => {
      seen.aurora.instances[0]!.instanceClass = 'db.t3.large';
    },
  ],
  [
    'Aurora runs an earlier version',
    ['R28'],
    /expected version 16\.6, found 16\.4 on aoscloud-dev-aurora/,
    (seen) => {
      seen.aurora.engineVersion = '16.4';
    },
  ],
  [
    'DocumentDB runs another major version',
    ['R29'],
    /expected version 5\.0\.0, found 8\.0\.0/,
    (seen) => {
      seen.documentdb.engineVersion = '8.0.0';
    },
  ],
  [
    'the cache runs an earlier version',
    ['R30'],
    /expected version 7\.1, found 7\.0\.7/,
    (seen) => {
      seen.cache.engineVersion = '7.0.7';
    },
  ],
  [
    'the file system has another throughput mode',
    ['R31'],
    /expected throughput mode elastic, found bursting/,
    (seen) => {
      seen.fileSystem.throughputMode = 'bursting';
    },
  ],
  [
    'DocumentDB has the other storage',
    ['R29'],
    /expected storage type standard, found iopt1/,
    (seen) => {
      seen.documentdb.storageType = 'iopt1';
    },
  ],
  [
    'an Aurora instance is in a zone without an Aurora subnet',
    ['R28'],
    /aoscloud-dev-aurora-1 is in eu-central-1d/,
    (seen) => {
      seen.aurora.instances[0]!.zone = 'eu-central-1d';
    },
  ],
  [
    'the cluster of that name is Aurora, not DocumentDB',
    ['R29'],
    /expected engine docdb, found aurora-postgresql/,
    (seen) => {
      seen.documentdb.engine = 'aurora-postgresql';
    },
  ],
  [
    'DocumentDB is on the Aurora subnets',
    ['R29'],
    /expected aoscloud-dev-documentdb on the subnets subnet-documentdb-a, .*found subnet-aurora-a/,
    (seen) => {
      seen.documentdb.subnetGroup!.subnetIds = seen.aurora.subnetGroup!.subnetIds;
    },
  ],
  [
    'a Redis replica is missing',
    ['R30'],
    /expected 2 available nodes of cache\.t4g\.medium, found aoscloud-dev-redis-001 \(available\)/,
    (seen) => {
      seen.cache.members.pop();
    },
  ],
  [
    'a mount target is missing',
    ['R31'],
    /expected mount targets in .*, found them in subnet-eks-private-a, subnet-eks-private-b/,
    (seen) => {
      seen.fileSystem.mountTargets.pop();
    },
  ],
];

const encryptionCases: Case[] = [
  [
    'Aurora is not encrypted',
    ['R32'],
    /aoscloud-dev-aurora is not encrypted at rest/,
    (seen) => {
      seen.aurora.storageEncrypted = false;
    },
  ],
  [
    'AWS does not keep a password',
    ['R32'],
    /expected a password of aoscloud-dev-documentdb kept by AWS, found none/,
    (seen) => {
      (seen.documentdb as { secret: unknown }).secret = undefined;
    },
  ],
  [
    'the secret is impaired',
    ['R32'],
    /secret:rds!cluster-aurora is impaired, not active/,
    (seen) => {
      seen.aurora.secret!.status = 'impaired';
    },
  ],
  [
    'DocumentDB has TLS switched off',
    ['R32'],
    /aoscloud-dev-documentdb does not serve TLS/,
    (seen) => {
      seen.documentdb.servesTls = false;
    },
  ],
  [
    'Aurora is told to take connections without TLS',
    ['R32'],
    /expected rds.force_ssl = 1 in parameter group aoscloud-dev-aurora, found 0/,
    (seen) => {
      seen.aurora.parameters = { 'rds.force_ssl': '0' };
    },
  ],
  [
    'DocumentDB writes no audit log',
    ['R32'],
    /expected audit_logs = enabled in parameter group aoscloud-dev-documentdb, found disabled/,
    (seen) => {
      seen.documentdb.parameters = { ...seen.documentdb.parameters, audit_logs: 'disabled' };
    },
  ],
  [
    'Redis does not serve TLS',
    ['R32'],
    /aoscloud-dev-redis does not serve TLS/,
    (seen) => {
      seen.cache.transitEncryption = false;
    },
  ],
  [
    'the file system is not encrypted',
    ['R32'],
    /fs-1 is not encrypted at rest/,
    (seen) => {
      seen.fileSystem.encrypted = false;
    },
  ],
  [
    'nodes accept IMDSv1',
    ['R32'],
    /expected IMDSv2 required by lt-1, found optional/,
    (seen) => {
      seen.launchTemplate.httpTokens = 'optional';
    },
  ],
  [
    'a volume of the nodes is not encrypted',
    ['R32'],
    /\/dev\/xvdb of lt-1 is not encrypted/,
    (seen) => {
      seen.launchTemplate.volumes[1]!.encrypted = false;
    },
  ],
];

const cases = [
  ...addressCases,
  ...routingCases,
  ...endpointCases,
  ...groupCases,
  ...serviceCases,
  ...encryptionCases,
];

describe('what is wrong is said by its own rule', () => {
  it.each(cases)('%s: %j', (_what, rules, evidence, change) => {
    const seen = healthy();
    change(seen);
    const results = judge(samplePlan(), seen);
    expect(results.filter((result) => !result.holds).map((result) => result.rule)).toEqual(rules);
    expect(results.find((result) => result.rule === rules[0])?.evidence).toMatch(evidence);
  });

  it('leaves no rule without a case', () => {
    const covered = new Set(cases.flatMap(([, rules]) => rules));
    expect(ordered.filter((rule) => !covered.has(rule))).toEqual([]);
  });
});

describe('the load balancer group', () => {
  const plan = samplePlan({ loadBalancer: { ingress: httpsAndPing } });
  const ofGroup = (change: (lb: Healthy['securityGroups'][number]) => void) => {
    const seen = healthy(plan);
    const lb = loadBalancerGroup(plan);
    change(lb);
    seen.securityGroups.push(lb);
    return judge(plan, seen)[23]!;
  };

  it('breaks R24 when it is missing', () => {
    expect(judge(plan, healthy(plan))[23]).toEqual({
      rule: 'R24',
      holds: false,
      evidence: 'expected one load balancer group, found none',
    });
  });

  it('breaks R24 when it admits what was not asked for', () => {
    const result = ofGroup((lb) => {
      lb.ingress[0]!.cidrs.push('10.0.0.0/8');
    });
    expect(result.evidence).toBe('sg-lb admits tcp 443-443 from 10.0.0.0/8, which was not asked for');
  });

  it('breaks R24 when a rule is missing or IPv6 egress is', () => {
    const result = ofGroup((lb) => {
      lb.ingress.pop();
      lb.egress[0]!.cidrs = ['0.0.0.0/0'];
    });
    expect(result.evidence).toBe(
      'expected icmp type -1 code -1 from 198.51.100.0/24 into sg-lb, found no such rule; sg-lb has no egress to ::/0',
    );
  });
});

describe('an account in which nothing exists', () => {
  it('breaks the rules without failing over what is missing', () => {
    const nothing = {
      ...healthy(),
      vpcs: [],
      dnsSupport: false,
      dnsHostnames: false,
      subnets: [],
      internetGateways: [],
      natGateways: [],
      addresses: [],
      routeTables: [],
      endpoints: [],
      securityGroups: [],
      networkAcls: [],
      cluster: undefined,
      oidcProvider: undefined,
      addons: [],
      nodegroup: undefined,
      nodegroupsBeside: [],
      launchTemplate: undefined,
      aurora: undefined,
      documentdb: undefined,
      cache: undefined,
      fileSystem: undefined,
    };
    const results = judge(samplePlan(), nothing);
    // Nothing was asked for there, and nothing is there.
    expect(results.filter((result) => result.holds).map((result) => result.rule)).toEqual(['R24']);
  });
});

describe('an S3 gateway endpoint that was asked for', () => {
  it('breaks R18 where there is none, where it misses a table and where it is not available', () => {
    const { plan, seen } = withS3Gateway();
    expect(brokenRules(plan, healthy(plan))).toEqual(['R18']);
    const gateway = seen.endpoints.at(-1)!;
    gateway.routeTableIds = ['rtb-private'];
    expect(brokenRules(plan, seen)).toEqual(['R18']);
    gateway.routeTableIds = ['rtb-private', 'rtb-public'];
    gateway.state = 'pending';
    expect(brokenRules(plan, seen)).toEqual(['R18']);
  });

  it('breaks R18 where the request no longer asks for it', () => {
    const { seen } = withS3Gateway();
    expect(brokenRules(samplePlan(), seen)).toContain('R18');
  });
});

describe('a NAT gateway in each zone that was asked for', () => {
  const plan = samplePlan({ network: { ...samplePlan().network, natGateways: 'per-zone' } });

  function zonal(): Healthy {
    const seen = healthy(plan);
    const [gateway] = seen.natGateways;
    const table = seen.routeTables.find(({ id }) => id === 'rtb-private')!;
    table.subnetIds = ['subnet-eks-private-a', 'subnet-endpoints-a'];
    for (const letter of ['b', 'c']) {
      const address = {
        allocationId: `eipalloc-${letter}`,
        publicIp: `198.51.100.${letter === 'b' ? 8 : 9}`,
      };
      seen.addresses.push(address);
      seen.natGateways.unshift({
        ...gateway!,
        id: `nat-${letter}`,
        subnetId: `subnet-eks-public-${letter}`,
        addresses: [address],
      });
      seen.routeTables.push({
        ...table,
        id: `rtb-private-${letter}`,
        routes: table.routes.map((route) =>
          route.target === 'nat-1' ? { ...route, target: `nat-${letter}` } : route,
        ),
        subnetIds: [`subnet-eks-private-${letter}`],
      });
    }
    return seen;
  }

  it('holds every rule, and its outputs list the addresses by zone', () => {
    expect(brokenRules(plan, zonal())).toEqual([]);
    expect(outputsOf(plan, zonal())).toMatchObject({
      natPublicIp: '198.51.100.7',
      natPublicIps: ['198.51.100.7', '198.51.100.8', '198.51.100.9'],
    });
  });

  it.each<[string, (seen: Healthy) => void, string[]]>([
    ['one is missing', (seen) => seen.natGateways.shift(), ['R14', 'R15']],
    ['one is not available', (seen) => (seen.natGateways[0]!.state = 'pending'), ['R14']],
    [
      'two share an address',
      (seen) => (seen.natGateways[0]!.addresses = seen.natGateways[1]!.addresses),
      ['R14'],
    ],
    ['one stands in another subnet', (seen) => (seen.natGateways[0]!.subnetId = 'subnet-x'), ['R14', 'R15']],
    [
      'a zone leaves through another',
      (seen) => (seen.routeTables.at(-1)!.routes.at(-1)!.target = 'nat-1'),
      ['R15'],
    ],
    ['the rest is one for all', (seen) => Object.assign(seen, healthy(plan)), ['R14', 'R15']],
  ])('is missed where %s', (_title, change, rules) => {
    const seen = zonal();
    change(seen);
    expect(brokenRules(plan, seen)).toEqual(rules);
  });

  it('is too much where the request has one for all', () => {
    expect(brokenRules(samplePlan(), zonal())).toEqual(['R14', 'R15']);
  });
});

describe('Elastic IPs of the operator', () => {
  const plan = samplePlan({ network: { ...samplePlan().network, natAddresses: ['eipalloc-1'] } });

  it('hold R14 on the NAT gateway, and break it beside an own one or elsewhere', () => {
    const seen = healthy(plan);
    seen.addresses = [];
    expect(brokenRules(plan, seen)).toEqual([]);
    expect(brokenRules(plan, healthy(plan))).toEqual(['R14']);
    const elsewhere = { ...plan, network: { ...plan.network, natAddresses: ['eipalloc-2'] } };
    expect(brokenRules(elsewhere, seen)).toEqual(['R14']);
  });
});

describe('R15 of a request with a transit gateway', () => {
  const r15 = ({ plan, seen }: { plan: EnvironmentPlan; seen: Healthy }) =>
    judge(plan, seen).find(({ rule }) => rule === 'R15')!;

  it('holds where it is attached in every zone and the private table leads to it', () => {
    const world = withTransitGateway();
    expect(r15(world)).toMatchObject({
      holds: true,
      evidence: expect.stringContaining('tgw-attach-1 attaches tgw-0123456789abcdef0'),
    });
  });

  it.each<[string, (world: ReturnType<typeof withTransitGateway>) => void, string]>([
    ['no attachment', ({ seen }) => void seen.transitGatewayAttachments.pop(), 'found none'],
    [
      'an attachment that is not accepted',
      ({ seen }) => {
        seen.transitGatewayAttachments[0]!.state = 'pendingAcceptance';
      },
      'is pendingAcceptance, not available',
    ],
    [
      'an attachment that lacks a zone',
      ({ seen }) => void seen.transitGatewayAttachments[0]!.subnetIds.pop(),
      'expected tgw-attach-1 in subnet-eks-private-a, subnet-eks-private-b, subnet-eks-private-c, found',
    ],
    ['a missing route', ({ table }) => void table.routes.pop(), 'found no such route'],
    [
      'a black hole',
      ({ table }) => {
        table.routes.at(-1)!.state = 'blackhole';
      },
      'found tgw-0123456789abcdef0 blackhole',
    ],
    [
      'a route too many',
      ({ table }) => {
        table.routes.push({ destination: '172.16.0.0/12', target: 'tgw-0123456789abcdef0', state: 'active' });
      },
      'routes 172.16.0.0/12 to tgw-0123456789abcdef0, which the request does not list',
    ],
  ])('does not hold with %s', (_what, change, said) => {
    const world = withTransitGateway();
    change(world);
    const result = r15(world);
    expect(result.holds).toBe(false);
    expect(result.evidence).toContain(said);
  });
});
