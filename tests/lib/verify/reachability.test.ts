import { describe, expect, it } from 'vitest';
import type {
  AclEntrySeen,
  NetworkAclSeen,
  PermissionSeen,
  RouteTableSeen,
  SubnetSeen,
} from '#lib/verify/observation.ts';
import { type Flow, obstacle } from '#lib/verify/reachability.ts';
import { all, defaultAcl } from './healthy.ts';

function subnet(id: string, cidr: string): SubnetSeen {
  const zone = { name: 'z', id: 'z' };
  return { id, cidr, state: 'available', zone, publicAddresses: false, tags: {} };
}

const pods = subnet('subnet-pods', '10.231.0.0/20');
const morePods = subnet('subnet-more-pods', '10.231.16.0/20');
const data = subnet('subnet-data', '10.231.253.192/28');
const local = { destination: '10.231.0.0/16', target: 'local', state: 'active' };
const out = { destination: '0.0.0.0/0', target: 'nat-1', state: 'active' };
const main: RouteTableSeen = { id: 'rtb-main', main: true, routes: [local], subnetIds: [], tags: {} };
const podTable: RouteTableSeen = {
  id: 'rtb-pods',
  main: false,
  routes: [local, out],
  subnetIds: [pods.id, morePods.id],
  tags: {},
};

interface World {
  readonly ingress?: readonly PermissionSeen[];
  readonly egress?: readonly PermissionSeen[];
  readonly routeTables?: readonly RouteTableSeen[];
  readonly flow?: Partial<Flow>;
  readonly acls?: readonly NetworkAclSeen[];
}

/** From two pod subnets to a database that admits what `ingress` says. */
function look({
  ingress = [],
  egress,
  routeTables = [main, podTable],
  flow,
  acls = [defaultAcl([pods.id, morePods.id, data.id])],
}: World): string | undefined {
  return obstacle(
    {
      from: { groupIds: ['sg-pods'], subnets: [pods, morePods] },
      to: { groupIds: ['sg-data'], subnets: [data] },
      protocol: 'tcp',
      port: 5432,
      ...flow,
    },
    {
      securityGroups: [
        {
          id: 'sg-pods',
          name: 'pods',
          ingress: [],
          egress: egress ?? [all({ cidrs: ['0.0.0.0/0'] })],
          tags: {},
        },
        { id: 'sg-data', name: 'data', ingress, egress: [], tags: {} },
      ],
      routeTables,
      networkAcls: acls,
    },
  );
}

const tcp = (fromPort: number, toPort: number, parts: Partial<PermissionSeen>): PermissionSeen => ({
  ...all(parts),
  protocol: 'tcp',
  fromPort,
  toPort,
});
const fromPods = { groupIds: ['sg-pods'] };

describe('security group rules', () => {
  it.each([
    ['all protocols from the group', all(fromPods)],
    ['the very port from the group', tcp(5432, 5432, fromPods)],
    ['a range around the port', tcp(5000, 6000, fromPods)],
    ['the protocol by number', { ...tcp(5432, 5432, fromPods), protocol: '6' }],
    ['a block around every pod subnet', tcp(5432, 5432, { cidrs: ['10.231.0.0/18'] })],
    ['one block for each pod subnet', tcp(5432, 5432, { cidrs: [pods.cidr, morePods.cidr] })],
  ])('admit by %s', (_what, rule) => {
    expect(look({ ingress: [rule] })).toBeUndefined();
  });

  it.each([
    ['there is no rule', []],
    ['the range ends below the port', [tcp(5000, 5431, fromPods)]],
    ['the range starts above the port', [tcp(5433, 6000, fromPods)]],
    ['the rule is for UDP', [{ ...tcp(5432, 5432, fromPods), protocol: 'udp' }]],
    ['the rule is for ICMP', [{ ...tcp(-1, -1, fromPods), protocol: 'icmp' }]],
    ['the rule names another group', [all({ groupIds: ['sg-other'] })]],
    ['the block contains one pod subnet of two', [all({ cidrs: [pods.cidr] })]],
    ['the block is inside the pod subnet', [all({ cidrs: ['10.231.0.0/21', morePods.cidr] })]],
    ['the block is of the other family', [all({ cidrs: ['::/0'] })]],
  ])('keep out when %s', (_what, ingress) => {
    expect(look({ ingress })).toBe('no ingress rule of sg-data lets tcp 5432 in from sg-pods');
  });

  it.each([
    ['there is no egress rule', []],
    ['egress is for another port', [tcp(443, 443, { cidrs: ['0.0.0.0/0'] })]],
    ['egress goes elsewhere', [all({ cidrs: ['10.231.255.0/24'] })]],
  ])('keep in when %s', (_what, egress) => {
    expect(look({ ingress: [all(fromPods)], egress })).toBe(
      'no egress rule of sg-pods lets tcp 5432 out to sg-data',
    );
  });

  it('let out by naming the group of the other side', () => {
    expect(look({ ingress: [all(fromPods)], egress: [all({ groupIds: ['sg-data'] })] })).toBeUndefined();
  });
});

describe('routes', () => {
  const open = { ingress: [all(fromPods)] };
  const withRoute = (route: RouteTableSeen['routes'][number]): RouteTableSeen => ({
    ...podTable,
    routes: [...podTable.routes, route],
  });

  it('are local by the table associated with a subnet, else by the main one', () => {
    expect(look(open)).toBeUndefined();
    expect(look({ ...open, routeTables: [main] })).toBeUndefined();
  });

  it('are missing without any table', () => {
    expect(look({ ...open, routeTables: [] })).toBe('subnet-pods has no route table');
  });

  it('are asked on the way back too', () => {
    const lonely = { ...main, routes: [] };
    expect(look({ ...open, routeTables: [lonely, podTable] })).toBe(
      'rtb-main has no local route from subnet-data to subnet-pods',
    );
  });

  it('lead away where a longer prefix does', () => {
    const appliance = withRoute({ destination: '10.231.252.0/22', target: 'eni-1', state: 'active' });
    expect(look({ ...open, routeTables: [main, appliance] })).toBe(
      'rtb-pods has no local route from subnet-pods to subnet-data',
    );
  });

  it('lead away where a part of the destination does', () => {
    const part = withRoute({ destination: '10.231.253.200/29', target: 'pcx-1', state: 'active' });
    expect(look({ ...open, routeTables: [main, part] })).toBe(
      'rtb-pods sends 10.231.253.200/29 to pcx-1, not locally',
    );
  });

  it('of prefix lists are passed over', () => {
    const prefixList = withRoute({ destination: 'pl-1', target: 'vpce-1', state: 'active' });
    expect(look({ ...open, routeTables: [main, prefixList] })).toBeUndefined();
  });
});

describe('network ACLs', () => {
  const open = { ingress: [all(fromPods)] };
  const entry = (number: number, parts: Partial<AclEntrySeen>): AclEntrySeen => ({
    number,
    egress: false,
    allow: true,
    protocol: '6',
    cidr: '0.0.0.0/0',
    fromPort: undefined,
    toPort: undefined,
    ...parts,
  });
  /** The databases have an ACL of their own, with these entries and nothing else. */
  const withAcl = (entries: readonly AclEntrySeen[]) =>
    look({
      ...open,
      acls: [defaultAcl([pods.id, morePods.id]), { id: 'acl-data', subnetIds: [data.id], entries }],
    });
  const port = { fromPort: 5432, toPort: 5432 };
  const answers = entry(100, { egress: true, fromPort: 1024, toPort: 65535 });

  it('let pass by the port one way and the ephemeral ports back', () => {
    expect(withAcl([entry(100, port), answers])).toBeUndefined();
  });

  it('keep out without a rule, and by a lower-numbered denial', () => {
    const refusal = 'acl-data lets no tcp 5432 into subnet-data from subnet-pods';
    expect(withAcl([answers])).toBe(refusal);
    expect(withAcl([entry(100, { ...port, allow: false }), entry(110, port), answers])).toBe(refusal);
    expect(withAcl([entry(100, { ...port, protocol: '17' }), answers])).toBe(refusal);
  });

  it('keep out by the denial of a part of the source', () => {
    const part = entry(90, { allow: false, cidr: '10.231.0.0/24' });
    expect(withAcl([part, entry(100, port), answers])).toMatch(/lets no tcp 5432 into subnet-data/);
  });

  it('are not satisfied by allowing a part of the source', () => {
    const part = entry(90, { ...port, cidr: '10.231.0.0/24' });
    expect(withAcl([part, answers])).toMatch(/lets no tcp 5432 into subnet-data/);
  });

  it('keep in the answer', () => {
    expect(withAcl([entry(100, port)])).toBe(
      'acl-data lets no tcp 32768-60999 out of subnet-data to subnet-pods',
    );
  });

  it('are told when one is missing', () => {
    expect(look({ ...open, acls: [] })).toBe('subnet-pods has no network ACL');
  });
});

describe('parties', () => {
  it('must exist', () => {
    expect(look({ flow: { to: { groupIds: ['sg-data'], subnets: [] } } })).toBe('there is nothing to go to');
    expect(look({ flow: { from: { groupIds: [], subnets: [pods] } } })).toBe('there is nothing to come from');
  });
});
