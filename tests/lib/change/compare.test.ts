import { describe, expect, it, test } from 'vitest';
import { bounded, mostChanges, refusalOf } from '#lib/change/change.ts';
import { type Comparison, compare } from '#lib/change/compare.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import { parseRequest } from '#lib/request/request.ts';
import { type SizedRequest, sized } from '#lib/request/sized.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { samplePlan } from '../../support/plan.ts';
import { type Healthy, healthy, loadBalancerGroup } from '../verify/healthy.ts';

const administrator = 'arn:aws:iam::111122223333:role/platform-admin';
const other = 'arn:aws:iam::111122223333:role/other';

const transitGateway = { id: 'tgw-0123456789abcdef0', routes: ['10.0.0.0/8'] };

/** The request that the healthy environment was made from, and what differs from it. */
function asked(changes: Record<string, unknown> = {}): SizedRequest {
  const { eks, ...rest } = changes;
  return sized(
    parseRequest({
      environment: 'dev',
      region: 'eu-central-1',
      tags: { team: 'platform' },
      eks: { administrators: [administrator], ...(eks as object) },
      ...rest,
    }),
  );
}

function found(
  changes: Record<string, unknown>,
  damage: (seen: Healthy) => void = () => {},
  formerTags: readonly string[] = ['team'],
  tagged: readonly Tagged[] = tags({}, {}),
): Comparison {
  const seen = healthy();
  damage(seen);
  return compare({ request: asked(changes), seen, tagged, formerTags });
}

/** A VPC and a database, with the request's tag and these beside. */
function tags(ofVpc: Record<string, string>, ofDatabase: Record<string, string> | undefined): Tagged[] {
  const team = { team: 'platform' };
  return [
    { step: 'vpc', id: 'vpc-1', what: 'vpc-1', tags: { ...team, ...ofVpc } },
    { step: 'aurora', id: 'arn', what: 'cluster one', tags: ofDatabase && { ...team, ...ofDatabase } },
  ];
}

test('what exists is what is asked: no change', () => {
  expect(found({})).toEqual({ changes: [], warnings: [] });
});

test('where nothing exists there is nothing to compare with', () => {
  const seen = {
    ...healthy(),
    vpcs: [],
    securityGroups: [],
    endpoints: [],
    cluster: undefined,
    nodegroup: undefined,
    nodegroupsBeside: [],
    launchTemplate: undefined,
    accessEntries: [],
    aurora: undefined,
    documentdb: undefined,
    cache: undefined,
    fileSystem: undefined,
  };
  const request = asked({
    size: 'large',
    loadBalancer: { ingress: [{ protocol: 'all', cidr: '0.0.0.0/0' }] },
  });
  expect(compare({ request, seen, tagged: [], formerTags: [] }).changes).toEqual([]);
});

const aurora = (member: object) => ({ aurora: member });
const ingress = (...rules: object[]) => ({ loadBalancer: { ingress: rules } });
const https = { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' };

describe('refused', () => {
  test.each<[string, Record<string, unknown>, unknown, unknown]>([
    ['vpcCidr', { vpcCidr: '10.9.0.0/16' }, '10.231.0.0/16', '10.9.0.0/16'],
    ['vpcCidr', { staging: true }, '10.231.0.0/16', '10.232.0.0/16'],
    ['eks.version', { eks: { version: '1.37' } }, '1.35', '1.37'],
    ['eks.version', { eks: { version: '1.34' } }, '1.35', '1.34'],
    ['eks.serviceIpv4Cidr', { eks: { serviceIpv4Cidr: '10.100.0.0/16' } }, '172.20.0.0/16', '10.100.0.0/16'],
    ['elasticache.engineVersion', { elasticache: { engineVersion: '6.2' } }, '7.1.0', '6.2'],
    ['elasticache.authentication', { elasticache: { authentication: 'iam' } }, 'none', 'iam'],
  ])('%s, %j', (field, changes, from, to) => {
    const { changes: list } = found(changes);
    expect(list).toEqual([expect.objectContaining({ field, from, to, kind: 'refuse' })]);
    expect(wordsOf(refusalOf(list[0]!))).toMatch(/^[\w.[\]]+: .* → .*: .+\. What to do: .+\.$/);
  });

  it('another size names every figure that is another', () => {
    expect(found({ size: 'medium' }).changes.map(({ field, kind }) => [field, kind])).toEqual([
      ['eks.nodes.instanceTypes', 'replace'],
      ['aurora.instanceClass', 'change'],
      ['aurora.instances', 'add'],
      ['aurora.storageType', 'change'],
      ['documentdb.instanceClass', 'change'],
      ['documentdb.instances', 'add'],
      ['elasticache.nodeType', 'change'],
      ['elasticache.replicas', 'add'],
    ]);
  });

  it('a service block is compared only where it is asked for: a default that moved changes nothing', () => {
    const reservedCidrs = [{ cidr: '172.20.0.0/16', owner: 'office' }];
    expect(found({ reservedCidrs }).changes).toEqual([]);
  });
});

describe('done in place', () => {
  test.each<[string, Record<string, unknown>, unknown, unknown, string]>([
    ['eks.supportType', { eks: { supportType: 'extended' } }, 'standard', 'extended', 'change'],
    ['eks.deletionProtection', { eks: { deletionProtection: true } }, false, true, 'change'],
    ['eks.version', { eks: { version: '1.36' } }, '1.35', '1.36', 'change'],
    ['eks.nodes.minSize', { eks: { nodes: { minSize: 4 } } }, 3, 4, 'change'],
    ['eks.nodes.maxSize', { eks: { nodes: { maxSize: 9 } } }, 10, 9, 'change'],
    ['eks.nodes.maxSize', { eks: { nodes: { maxSize: 11 } } }, 10, 11, 'change'],
    ['eks.nodes.diskSizeGiB', { eks: { nodes: { diskSizeGiB: 80 } } }, 50, 80, 'change'],
    [
      'eks.nodes.instanceTypes',
      { eks: { nodes: { instanceTypes: ['m5.large'] } } },
      ['t3a.2xlarge'],
      ['m5.large'],
      'replace',
    ],
    ['aurora.instances', aurora({ instances: 2 }), 1, 2, 'add'],
    [
      'aurora.instanceClass',
      aurora({ instanceClass: 'db.r6g.large' }),
      'db.t3.medium',
      'db.r6g.large',
      'change',
    ],
    ['aurora.engineVersion', aurora({ engineVersion: '16.9' }), '16.6', '16.9', 'change'],
    ['aurora.storageType', aurora({ storageType: 'aurora-iopt1' }), 'aurora', 'aurora-iopt1', 'change'],
    ['aurora.backupRetentionDays', aurora({ backupRetentionDays: 3 }), 7, 3, 'change'],
    ['aurora.deletionProtection', aurora({ deletionProtection: true }), false, true, 'change'],
    ['documentdb.backupRetentionDays', { documentdb: { backupRetentionDays: 9 } }, 7, 9, 'change'],
    ['elasticache.snapshotRetentionDays', { elasticache: { snapshotRetentionDays: 0 } }, 7, 0, 'change'],
    ['efs.backup', { efs: { backup: false } }, true, false, 'change'],
    ['network.s3GatewayEndpoint', { network: { s3GatewayEndpoint: true } }, false, true, 'add'],
    ['network.transitGateway.id', { network: { transitGateway } }, undefined, transitGateway.id, 'add'],
    ['eks.administrators', { eks: { administrators: [administrator, other] } }, undefined, other, 'add'],
    ['tags', { tags: { team: 'platform', CostCenter: '42' } }, undefined, '42', 'change'],
    ['tags', { tags: { team: 'data' } }, 'platform', 'data', 'change'],
    ['tags', { tags: {} }, 'platform', undefined, 'change'],
    ['loadBalancer.ingress', ingress(https), undefined, 'tcp 443 from 0.0.0.0/0', 'add'],
  ])('%s, %j', (field, changes, from, to, kind) => {
    expect(found(changes).changes).toEqual([
      expect.objectContaining({
        field: expect.stringMatching(new RegExp(`^${field.replaceAll('.', '\\.')}(\\[|$)`)),
        from,
        to,
        kind,
        interrupts: expect.any(String),
        aboutSeconds: expect.any(Number),
      }),
    ]);
  });

  it('an administrator that is taken out loses the entry we made', () => {
    const { changes } = found({ eks: { administrators: [] } });
    expect(changes).toMatchObject([{ kind: 'change', from: administrator, to: undefined }]);
  });

  it('a version that is not asked for stays, and nodes behind their cluster catch up with it', () => {
    const moved = found({}, (seen) => {
      seen.cluster.version = '1.36';
      seen.nodegroup.version = '1.36';
    });
    expect(moved.changes).toEqual([]);
    const behind = found({}, (seen) => {
      seen.nodegroup.version = '1.34';
    });
    expect(behind.changes).toMatchObject([
      { field: 'eks.version[nodes]', from: '1.34', to: '1.35', kind: 'change' },
    ]);
    const both = found({ eks: { version: '1.36' } }, (seen) => {
      seen.nodegroup.version = '1.34';
    });
    expect(both.changes).toMatchObject([{ field: 'eks.version', from: '1.35', to: '1.36' }]);
  });

  it('protects everything at once', () => {
    expect(found({ deletionProtection: true }).changes.map(({ field }) => field)).toEqual([
      'eks.deletionProtection',
      'aurora.deletionProtection',
      'documentdb.deletionProtection',
    ]);
  });

  it('a public endpoint and who may reach it', () => {
    const open = { eks: { publicAccess: true, publicAccessCidrs: ['8.8.8.0/24'] } };
    expect(found(open).changes.map(({ field }) => field)).toEqual(['eks.publicAccess']);
    const narrowed = found(open, (seen) => {
      seen.cluster.publicAccess = true;
      seen.cluster.publicAccessCidrs = ['0.0.0.0/0'];
    });
    expect(narrowed.changes).toMatchObject([
      { field: 'eks.publicAccessCidrs', from: ['0.0.0.0/0'], to: ['8.8.8.0/24'] },
    ]);
  });

  it('exactly the rules of the list', () => {
    const dns = { protocol: 'udp', fromPort: 53, toPort: 53, cidr: '198.51.100.0/24' };
    const { changes } = found(ingress(https, dns), (seen) => {
      seen.securityGroups.push(loadBalancerGroup(samplePlan()));
    });
    expect(changes).toMatchObject([
      { kind: 'add', to: 'udp 53 from 198.51.100.0/24' },
      { kind: 'change', from: 'tcp 443 from 2001:db8::/32', to: undefined },
      { kind: 'change', from: 'icmp from 198.51.100.0/24', to: undefined },
    ]);
  });
});

describe("what is somebody else's", () => {
  it('an entry of theirs that lets an administrator in serves', () => {
    const { changes } = found({}, (seen) => {
      seen.accessEntries[0]!.own = false;
    });
    expect(changes).toEqual([]);
  });

  it('other entries of theirs are no difference', () => {
    const { changes } = found({}, (seen) => {
      seen.accessEntries.push({ principal: other, own: false, administers: true });
    });
    expect(changes).toEqual([]);
  });

  it('a reader they added to the cluster is not counted', () => {
    const { changes } = found({}, (seen) => {
      seen.aurora.instances.push({
        id: 'theirs',
        status: 'available',
        instanceClass: 'db.r6g.large',
        pendingClass: undefined,
        zone: 'a',
      });
    });
    expect(changes).toEqual([]);
  });

  it('tags they set are no difference', () => {
    expect(found({}, () => {}, ['team'], tags({ theirs: 'yes' }, { theirs: 'no' })).changes).toEqual([]);
  });
});

describe('tags', () => {
  it('that a run left half-way are told with how many lack them, and which is one of those', () => {
    const asked = { tags: { team: 'platform', CostCenter: '42' } };
    const { changes } = found(asked, () => {}, ['team'], tags({ CostCenter: '42' }, {}));
    expect(changes).toMatchObject([
      { field: 'tags[CostCenter]', from: 'none on 1 of 2 (cluster one)', to: '42' },
    ]);
  });

  it('of a former request go from where they still are', () => {
    const { changes } = found({}, () => {}, ['team', 'owner'], tags({ owner: 'me' }, {}));
    expect(changes).toMatchObject([{ field: 'tags[owner]', from: 'me on 1 of 2 (vpc-1)', to: undefined }]);
  });

  it('that AWS does not tell are no difference', () => {
    expect(found({}, () => {}, ['team'], tags({}, undefined)).changes).toEqual([]);
  });
});

test('an older minor version stays asked for, and AWS has moved on: told, and no change', () => {
  const older = { aurora: { engineVersion: '16.4' }, elasticache: { engineVersion: '7.0' } };
  const { changes, warnings } = found(older);
  expect(changes).toEqual([]);
  expect(warnings).toEqual([
    expect.stringContaining('aurora.engineVersion: 16.6 → 16.4: it stays'),
    expect.stringContaining('elasticache.engineVersion: 7.1.0 → 7.0: it stays'),
  ]);
});

test('what failed when it was made is made anew as asked', () => {
  const { changes } = found(
    { eks: { version: '1.34', nodes: { minSize: 5 } }, elasticache: { replicas: 3 } },
    (seen) => {
      seen.cluster.status = 'FAILED';
      seen.nodegroup.status = 'CREATE_FAILED';
      seen.cache.status = 'create-failed';
    },
  );
  expect(changes.map(({ field }) => field)).toEqual([]);
});

test('the list has a bound, and counts the rest', () => {
  const { changes } = found({});
  expect(bounded(changes)).toEqual({ changes: [], more: 0 });
  const many = Array.from({ length: mostChanges + 3 }, () => ({ field: 'f' }) as never);
  expect(bounded(many)).toMatchObject({ changes: { length: mostChanges }, more: 3 });
});

describe('a transit gateway that the VPC is attached to', () => {
  const attached = (seen: Healthy) => {
    const { id: gatewayId } = transitGateway;
    const tags = { 'aoscloud:component': 'transit-gateway-attachment' };
    seen.transitGatewayAttachments.push({
      id: 'tgw-attach-1',
      gatewayId,
      state: 'available',
      subnetIds: [],
      tags,
    });
    const table = seen.routeTables.find(({ id }) => id === 'rtb-private')!;
    table.routes.push({ destination: '10.0.0.0/8', target: gatewayId, state: 'active' });
  };

  it('is no change where the request names it, and one where it does not', () => {
    expect(found({ network: { transitGateway } }, attached).changes).toEqual([]);
    expect(found({}, attached).changes).toEqual([
      expect.objectContaining({
        field: 'network.transitGateway.id',
        kind: 'change',
        interrupts: 'everything that comes or goes through it',
      }),
    ]);
  });

  it('is compared block by block', () => {
    const routes = ['172.16.0.0/12'];
    const changes = found({ network: { transitGateway: { ...transitGateway, routes } } }, attached).changes;
    expect(changes.map(({ field, kind }) => [field, kind])).toEqual([
      ['network.transitGateway.routes[172.16.0.0/12]', 'add'],
      ['network.transitGateway.routes[10.0.0.0/8]', 'change'],
    ]);
  });

  it('is not exchanged for another', () => {
    const id = 'tgw-0fedcba9876543210';
    const { changes } = found({ network: { transitGateway: { ...transitGateway, id } } }, attached);
    expect(changes).toEqual([
      expect.objectContaining({ field: 'network.transitGateway.id', kind: 'refuse' }),
    ]);
  });

  it("is somebody else's where it lacks our tags", () => {
    const foreign = (seen: Healthy) => {
      attached(seen);
      seen.transitGatewayAttachments[0]!.tags = {};
    };
    expect(found({}, foreign).changes).toEqual([]);
  });
});
