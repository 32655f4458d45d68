import {
  CreateAddonCommand,
  type CreateAddonCommandInput,
  CreateNodegroupCommand,
  CreatePodIdentityAssociationCommand,
  DeleteAddonCommand,
  DeletePodIdentityAssociationCommand,
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  DescribePodIdentityAssociationCommand,
  ListAddonsCommand,
  ListPodIdentityAssociationsCommand,
  UpdateAddonCommand,
} from '@aws-sdk/client-eks';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { client } from '#lib/aws/clients.ts';
import { classify } from '#lib/aws/errors.ts';
import { account, activeCluster, allowAll, type ClusterWorld, nodeRole, region } from './arrange.ts';

const clusterName = 'aoscloud-dev';
const driverRole = `arn:aws:iam::${account}:role/efs-csi`;

const add = (it: ClusterWorld, addonName: string, more: Partial<CreateAddonCommandInput> = {}) =>
  it.eks.send(new CreateAddonCommand({ clusterName, addonName, resolveConflicts: 'OVERWRITE', ...more }));

async function look(it: ClusterWorld, addonName: string) {
  return (await it.eks.send(new DescribeAddonCommand({ clusterName, addonName }))).addon!;
}

async function createDriverRole(): Promise<void> {
  const trust = {
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      },
    ],
  };
  await client(IAMClient, { region }).send(
    new CreateRoleCommand({ RoleName: 'efs-csi', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
}

describe('add-ons', () => {
  test.each(['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent'])(
    '%s is ACTIVE within forty seconds, nodes or not',
    async (addonName) => {
      const it = await activeCluster();
      expect((await add(it, addonName)).addon?.status).toBe('CREATING');
      it.advance(40);
      expect(await look(it, addonName)).toMatchObject({ status: 'ACTIVE', health: { issues: [] } });
      expect((await it.eks.send(new ListAddonsCommand({ clusterName }))).addons).toEqual([addonName]);
    },
  );

  test('coredns is DEGRADED until there are nodes', async () => {
    const it = await activeCluster();
    for (const name of ['vpc-cni', 'kube-proxy', 'coredns']) await add(it, name);
    it.advance(40);
    expect(await look(it, 'coredns')).toMatchObject({
      status: 'DEGRADED',
      health: { issues: [{ code: 'InsufficientNumberOfReplicas' }] },
    });
    allowAll(it.aws, it.network.defaultGroupId, it.clusterGroupId);
    const subnets = [...it.network.privateSubnetIds];
    await it.eks.send(new CreateNodegroupCommand({ clusterName, nodegroupName: 'n', nodeRole, subnets }));
    it.advance(210);
    expect((await look(it, 'coredns')).status).toBe('ACTIVE');
  });

  test('one that is to fail ends as CREATE_FAILED and keeps its name taken', async () => {
    const it = await activeCluster(
      {},
      {
        inject: (call) => (call.operation === 'eks:CreateAddon' ? { kind: 'outcome-fails' } : undefined),
      },
    );
    await add(it, 'vpc-cni');
    it.advance(40);
    expect((await look(it, 'vpc-cni')).status).toBe('CREATE_FAILED');
    await expect(add(it, 'vpc-cni', { clientRequestToken: 'other' })).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Addon already exists.',
    });
    await it.eks.send(new DeleteAddonCommand({ clusterName, addonName: 'vpc-cni' }));
    it.advance(30);
    await expect(look(it, 'vpc-cni')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('EKS’s own copy is taken over only by OVERWRITE', async () => {
    const it = await activeCluster({ bootstrapSelfManagedAddons: true });
    await add(it, 'vpc-cni', { resolveConflicts: 'NONE' });
    await add(it, 'kube-proxy');
    it.advance(40);
    expect(await look(it, 'vpc-cni')).toMatchObject({
      status: 'CREATE_FAILED',
      health: { issues: [{ code: 'ConfigurationConflict' }] },
    });
    expect((await look(it, 'kube-proxy')).status).toBe('ACTIVE');
  });

  test.each<[string, string, Partial<CreateAddonCommandInput>, string]>([
    ['a name EKS does not offer', 'vpc-cn', {}, 'Addon specified is not supported'],
    [
      'a version EKS does not offer',
      'vpc-cni',
      { addonVersion: 'v1.0.0-eksbuild.1' },
      'Addon version specified is not supported',
    ],
    ['configuration that is no JSON', 'vpc-cni', { configurationValues: '{' }, 'not in a supported format'],
    ['a role while IAM has no provider', 'vpc-cni', { serviceAccountRoleArn: nodeRole }, 'OIDC provider'],
  ])('%s is refused', async (_what, addonName, more, message) => {
    const it = await activeCluster();
    const refused = add(it, addonName, more);
    await expect(refused).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(refused).rejects.toThrow(message);
  });

  test('IRSA works once IAM knows the issuer', async () => {
    const it = await activeCluster();
    const Url = (await it.describe()).identity?.oidc?.issuer;
    await client(IAMClient, { region }).send(new CreateOpenIDConnectProviderCommand({ Url }));
    const { addon } = await add(it, 'vpc-cni', { serviceAccountRoleArn: nodeRole });
    expect(addon?.serviceAccountRoleArn).toBe(nodeRole);
  });

  test('an update goes through UPDATING', async () => {
    const it = await activeCluster();
    const { addon } = await add(it, 'vpc-cni');
    const update = (addonVersion: string) =>
      it.eks.send(new UpdateAddonCommand({ clusterName, addonName: 'vpc-cni', addonVersion }));
    await expect(update('v1.21.1-eksbuild.3')).rejects.toThrow('currently in CREATING state');
    it.advance(40);
    await update('v1.21.1-eksbuild.3');
    expect((await look(it, 'vpc-cni')).status).toBe('UPDATING');
    it.advance(40);
    expect(await look(it, 'vpc-cni')).toMatchObject({ status: 'ACTIVE', addonVersion: 'v1.21.1-eksbuild.3' });
    expect(addon?.addonVersion).toBe('v1.20.4-eksbuild.2');
  });

  test('the offered versions name their default for a Kubernetes version', async () => {
    const it = await activeCluster();
    const { addons } = await it.eks.send(
      new DescribeAddonVersionsCommand({ kubernetesVersion: '1.35', addonName: 'kube-proxy' }),
    );
    const preferred = addons?.[0]?.addonVersions?.find((one) => one.compatibilities?.[0]?.defaultVersion);
    expect(preferred?.addonVersion).toBe('v1.35.0-eksbuild.2');
    const { addon } = await add(it, 'kube-proxy');
    expect(addon?.addonVersion).toBe(preferred?.addonVersion);
  });
});

describe('pod identity', () => {
  const serviceAccount = 'efs-csi-controller-sa';
  const driver = { podIdentityAssociations: [{ serviceAccount, roleArn: driverRole }] };
  const associations = async (it: ClusterWorld) =>
    (await it.eks.send(new ListPodIdentityAssociationsCommand({ clusterName }))).associations ?? [];

  test('an add-on brings its association and takes it away', async () => {
    const it = await activeCluster();
    await createDriverRole();
    it.advance(10);
    const { addon } = await add(it, 'aws-efs-csi-driver', driver);
    const [association] = await associations(it);
    expect(association).toMatchObject({
      serviceAccount,
      namespace: 'kube-system',
      ownerArn: addon?.addonArn,
    });
    expect(addon?.podIdentityAssociations).toEqual([association?.associationArn]);
    it.advance(40);
    await it.eks.send(new DeleteAddonCommand({ clusterName, addonName: 'aws-efs-csi-driver' }));
    it.advance(30);
    expect(await associations(it)).toEqual([]);
  });

  test('a role that is too new is refused in words that mean not yet, and nothing is made', async () => {
    const it = await activeCluster();
    await createDriverRole();
    const refused = await add(it, 'aws-efs-csi-driver', driver).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'InvalidParameterException' });
    expect(classify(refused)).toBe('pending');
    expect((await it.eks.send(new ListAddonsCommand({ clusterName }))).addons).toEqual([]);
  });

  test('a service account the add-on does not have is refused', async () => {
    const it = await activeCluster();
    await expect(
      add(it, 'aws-efs-csi-driver', {
        podIdentityAssociations: [{ serviceAccount: 'other', roleArn: driverRole }],
      }),
    ).rejects.toThrow('is not supported by the addon');
  });

  test('a service account has one association', async () => {
    const it = await activeCluster();
    await createDriverRole();
    it.advance(10);
    const create = () =>
      it.eks.send(
        new CreatePodIdentityAssociationCommand({
          clusterName,
          namespace: 'kube-system',
          serviceAccount,
          roleArn: driverRole,
          tags: { a: '1' },
        }),
      );
    const { association } = await create();
    await expect(create()).rejects.toMatchObject({ name: 'ResourceInUseException' });
    const target = { clusterName, associationId: association?.associationId };
    const read = await it.eks.send(new DescribePodIdentityAssociationCommand(target));
    expect(read.association).toMatchObject({ roleArn: driverRole, tags: { a: '1' } });
    await it.eks.send(new DeletePodIdentityAssociationCommand(target));
    expect(await associations(it)).toEqual([]);
  });
});
