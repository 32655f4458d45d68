import fc from 'fast-check';
import { expect, test } from 'vitest';
import { names } from '#lib/ownership/names.ts';
import { parseRequest } from '#lib/request/request.ts';
import { maxEnvironmentNameLength } from '#lib/run/environment-name.ts';

/** Limits of AWS, with room for what is put behind a name: `-001` of a cache member, `-16` of a database instance. */
const limits: Record<keyof ReturnType<typeof names>, { readonly length: number; readonly form: RegExp }> = {
  cluster: { length: 100, form: /^[0-9A-Za-z][A-Za-z0-9_-]*$/ },
  clusterLogGroup: { length: 512, form: /^[\w\-/.#]+$/ },
  nodegroup: { length: 63, form: /^[0-9A-Za-z][A-Za-z0-9_-]*$/ },
  nodegroupBeside: { length: 63, form: /^[0-9A-Za-z][A-Za-z0-9_-]*$/ },
  launchTemplate: { length: 128, form: /^[A-Za-z0-9().\-/_]{3,}$/ },
  clusterRole: { length: 64, form: /^[\w+=,.@-]+$/ },
  nodeRole: { length: 64, form: /^[\w+=,.@-]+$/ },
  efsCsiRole: { length: 64, form: /^[\w+=,.@-]+$/ },
  loadBalancerSecurityGroup: { length: 255, form: /^(?!sg-)[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]+$/ },
  auroraCluster: { length: 60, form: /^[a-z](-?[a-z0-9])*$/ },
  auroraParameterGroup: { length: 255, form: /^[a-z](-?[a-z0-9])*$/ },
  auroraParameterGroupBeside: { length: 255, form: /^[a-z](-?[a-z0-9])*$/ },
  auroraSubnetGroup: { length: 255, form: /^[a-z](-?[a-z0-9])*$/ },
  documentdbCluster: { length: 60, form: /^[a-z](-?[a-z0-9])*$/ },
  documentdbParameterGroup: { length: 255, form: /^[a-z](-?[a-z0-9])*$/ },
  documentdbParameterGroupBeside: { length: 255, form: /^[a-z](-?[a-z0-9])*$/ },
  documentdbSubnetGroup: { length: 255, form: /^[a-z](-?[a-z0-9])*$/ },
  replicationGroup: { length: 40, form: /^[a-z](-?[a-z0-9])*$/ },
  cacheUserGroup: { length: 40, form: /^[a-zA-Z][a-zA-Z0-9-]*$/ },
  cacheUser: { length: 40, form: /^[a-zA-Z][a-zA-Z0-9-]*$/ },
  cacheDefaultUser: { length: 40, form: /^[a-zA-Z][a-zA-Z0-9-]*$/ },
  cacheSubnetGroup: { length: 255, form: /^[a-z](-?[a-z0-9])*$/ },
  fileSystemCreationToken: { length: 64, form: /^.+$/ },
};

const environmentName = fc
  .stringMatching(/^[a-z](-?[a-z0-9])*$/)
  .filter((name) => name.length <= maxEnvironmentNameLength);
/** The longest there are. */
const region = fc.constantFrom('ap-northeast-1', 'ap-southeast-7', 'us-gov-west-1', 'eusc-de-east-1');

test('every name made from an acceptable environment name fits its AWS limit', () => {
  const longest = 'a'.repeat(maxEnvironmentNameLength);
  fc.assert(
    fc.property(fc.oneof(environmentName, fc.constant(longest)), region, (name, where) => {
      expect(parseRequest({ environment: name, region: where }).environment).toBe(name);
      for (const [key, made] of Object.entries(names({ name, region: where }))) {
        const limit = limits[key as keyof typeof limits];
        expect(made.length, `${key} ${made}`).toBeLessThanOrEqual(limit.length);
        expect(made).toMatch(limit.form);
      }
    }),
  );
});

test('the databases do not share a name: they share an API', () => {
  const made = names({ name: 'dev', region: 'eu-central-1' });
  expect(made.auroraCluster).not.toBe(made.documentdbCluster);
  expect(made.auroraSubnetGroup).not.toBe(made.documentdbSubnetGroup);
});

test('two environments of one name in two regions share no IAM role: IAM is global', () => {
  const [here, there] = [
    names({ name: 'dev', region: 'eu-central-1' }),
    names({ name: 'dev', region: 'eu-west-1' }),
  ];
  for (const role of ['clusterRole', 'nodeRole', 'efsCsiRole'] as const)
    expect(here[role]).not.toBe(there[role]);
});

test('names stay what they are: a run finds by them what an earlier version of this program made', () => {
  expect(names({ name: 'dev', region: 'eu-central-1' })).toEqual({
    cluster: 'aoscloud-dev',
    clusterLogGroup: '/aws/eks/aoscloud-dev/cluster',
    nodegroup: 'aoscloud-dev-nodes',
    nodegroupBeside: 'aoscloud-dev-nodes-2',
    launchTemplate: 'aoscloud-dev-nodes',
    clusterRole: 'aoscloud-eu-central-1-dev-eks-cluster',
    nodeRole: 'aoscloud-eu-central-1-dev-eks-nodes',
    efsCsiRole: 'aoscloud-eu-central-1-dev-efs-csi',
    loadBalancerSecurityGroup: 'aoscloud-dev-public-load-balancer',
    auroraCluster: 'aoscloud-dev-aurora',
    auroraSubnetGroup: 'aoscloud-dev-aurora',
    auroraParameterGroup: 'aoscloud-dev-aurora',
    auroraParameterGroupBeside: 'aoscloud-dev-aurora-2',
    documentdbCluster: 'aoscloud-dev-documentdb',
    documentdbSubnetGroup: 'aoscloud-dev-documentdb',
    documentdbParameterGroup: 'aoscloud-dev-documentdb',
    documentdbParameterGroupBeside: 'aoscloud-dev-documentdb-2',
    replicationGroup: 'aoscloud-dev-redis',
    cacheSubnetGroup: 'aoscloud-dev-redis',
    cacheUserGroup: 'aoscloud-dev-redis',
    cacheUser: 'aoscloud-dev-redis',
    cacheDefaultUser: 'aoscloud-dev-redis-off',
    fileSystemCreationToken: 'aoscloud-dev-efs',
  });
});
