/** What holds of every role in the packaged template. */
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { unscoped, wildcards } from '../../serverless/roles/wildcards.ts';
import { bundledActions, companions, needsNoPermission, neverCalled, ofEveryFunction } from './actions.ts';
import { actionOf, isOfType, problemsOf } from './authorization.ts';
import { functionsOf, type Packaged, type Statement, statementsOf, textOf } from './packaged.ts';

/** The role that delivers flow logs is the operator's, of whatever name; it can be handed to flow logs only. */
const isOfFlowLogs = ({ Action, Condition }: Statement) =>
  Action.join() === 'iam:PassRole' &&
  isDeepStrictEqual(Condition, {
    StringEquals: { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' },
  });

export function rolesSuite(stage: () => Packaged): void {
  const roles = () =>
    Object.entries(stage().template.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  const allowed = (statements: readonly Statement[]) => statements.filter(({ Effect }) => Effect === 'Allow');
  const everyAllow = () =>
    roles().flatMap(([id, role]) => allowed(statementsOf(role)).map((statement) => ({ id, statement })));

  it('gives each function a role of its own, which only Lambda may assume', () => {
    const used = [...functionsOf(stage())].map(([key, { Properties }]) => {
      expect(textOf(Properties.Role)).toBe(`\${${key}Role.Arn}`);
      const role = stage().template.Resources[`${key}Role`];
      expect(role?.Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ]);
      return key;
    });
    expect(new Set(used).size).toBe(functionsOf(stage()).size);
  });

  it('gives machines theirs for work of this account only', () => {
    for (const id of ['ProvisionStateMachineRole', 'DeprovisionStateMachineRole']) {
      const trust = stage().template.Resources[id]?.Properties.AssumeRolePolicyDocument;
      const Condition = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
      expect(trust.Statement, id).toEqual([expect.objectContaining({ Condition })]);
    }
  });

  it('allows exactly what the code calls and what AWS asks for beside it', () => {
    for (const [key, bundled] of bundledActions(stage())) {
      const expected = new Set([...bundled, ...ofEveryFunction, ...Object.keys(companions[key] ?? {})]);
      for (const action of [...Object.keys(needsNoPermission), ...Object.keys(neverCalled[key] ?? {})])
        expected.delete(action);
      const actual = new Set(
        allowed(statementsOf(stage().template.Resources[`${key}Role`])).flatMap(({ Action }) => Action),
      );
      expect([...actual].sort(), key).toEqual([...expected].sort());
    }
  });

  it('keeps no exception that is none any more', () => {
    const bundles = bundledActions(stage());
    for (const [key, actions] of Object.entries(neverCalled))
      for (const action of Object.keys(actions))
        expect(bundles.get(key), `${key} ${action}`).toContain(action);
    for (const [key, actions] of Object.entries(companions))
      for (const action of Object.keys(actions))
        expect(bundles.get(key), `${key} ${action}`).not.toContain(action);
  });

  it('allows no wildcard in an action', () => {
    for (const { id, statement } of everyAllow())
      for (const action of statement.Action) expect(action, id).not.toContain('*');
  });

  it('allows on every resource only what has no resources, as AWS says', async () => {
    const used = new Set(
      everyAllow()
        .filter(({ statement }) => statement.Resource.includes('*'))
        .flatMap(({ statement }) => statement.Action),
    );
    expect([...used].sort()).toEqual(Object.keys(wildcards).sort());
    for (const action of used)
      expect(
        (await actionOf(action))?.resourceTypes.map(({ name }) => name),
        action,
      ).toEqual([]);
  });

  it('writes nowhere without a name prefix or a condition, but where neither would do', () => {
    const reads = /:(Describe|List|Get)/;
    const isNamed = (resource: string) =>
      /aoscloud|aws-service-role|default[.:]|eks-\*|^\$\{\w+LogGroup\.Arn\}$|^[A-Z]/.test(resource);
    const found = everyAllow()
      .filter(({ statement }) => !statement.Resource.includes('*'))
      .filter(({ statement }) => Object.keys(statement.Condition).length === 0)
      .filter(({ statement }) => !statement.Resource.every(isNamed))
      .flatMap(({ statement }) => statement.Action)
      .filter((action) => !reads.test(action) && !action.startsWith('events:'));
    expect([...new Set(found)].sort()).toEqual(Object.keys(unscoped).sort());
  });

  it('says nothing that AWS would not understand', async () => {
    const problems = new Set<string>();
    for (const { id, statement } of everyAllow().filter(({ statement }) => isWritten(statement)))
      for (const problem of await problemsOf(statement)) problems.add(`${id}: ${problem}`);
    expect([...problems]).toEqual([]);
  });

  it('covers every resource type an action is authorized on', async () => {
    const gaps: string[] = [];
    for (const [id, role] of roles()) {
      const statements = allowed(statementsOf(role)).filter(isWritten);
      for (const action of new Set(statements.flatMap(({ Action }) => Action))) {
        const resources = statements
          .filter(({ Action }) => Action.includes(action))
          .flatMap(({ Resource }) => Resource);
        const required = (await actionOf(action))?.resourceTypes.filter(isRequired) ?? [];
        for (const type of required)
          if (!resources.some((resource) => resource === '*' || isOfType(resource, type)))
            gaps.push(`${id}: ${action} needs ${type.name}`);
      }
    }
    expect(gaps).toEqual([]);
  });

  it('passes roles only to named services, and only the roles of environments', () => {
    const passes = everyAllow()
      .filter(({ statement }) => statement.Action.includes('iam:PassRole'))
      .filter(({ statement }) => !isOfFlowLogs(statement));
    expect(passes.length).toBeGreaterThan(0);
    for (const { id, statement } of passes) {
      expect(statement.Condition.StringEquals, id).toHaveProperty('iam:PassedToService');
      for (const resource of statement.Resource)
        expect(resource, id).toMatch(/:role\/aoscloud-\*-(eks-cluster|eks-nodes|efs-csi)$/);
    }
  });

  it('keeps the roles of the service itself out of reach of every step', () => {
    for (const [id, { Properties }] of roles()) expect(Properties.Path, id).toBe('/provisioning/');
    // The last: names of service-linked roles as IAM judges them before they exist (D2).
    for (const { id, statement } of everyAllow())
      for (const resource of statement.Resource.filter((one) => one.includes(':role/'))) {
        // Whether an administrator of a request exists is asked of IAM, whatever it is called.
        if (statement.Action.join() === 'iam:GetRole' && resource.endsWith(':role/*')) continue;
        if (isOfFlowLogs(statement)) continue;
        expect(resource, id).toMatch(
          /:role\/(aoscloud-(\*|provisioner$)|aws-service-role\/|AWSServiceRoleForAmazonEKS(Nodegroup)?$)/,
        );
      }
  });

  it('stays below what IAM takes as inline policies of one role', () => {
    for (const [id, { Properties }] of roles())
      expect(JSON.stringify(Properties.Policies[0].PolicyDocument).length, id).toBeLessThan(10_240);
  });

  it('denies what is not encrypted', () => {
    const denied = (key: string) =>
      statementsOf(stage().template.Resources[`${key}Role`])
        .filter(({ Effect }) => Effect === 'Deny')
        .map(({ Action, Condition }) => [Action, Condition.Bool]);
    const database = [['rds:CreateDBCluster'], { 'rds:StorageEncrypted': 'false' }];
    expect(denied('AuroraEnsure')).toContainEqual(database);
    expect(denied('DocumentdbEnsure')).toContainEqual(database);
    expect(denied('EfsEnsure')).toContainEqual([
      ['elasticfilesystem:CreateFileSystem'],
      { 'elasticfilesystem:Encrypted': 'false' },
    ]);
    const cache = ['elasticache:CreateReplicationGroup'];
    expect(denied('ElasticacheEnsure')).toEqual([
      [cache, { 'elasticache:AtRestEncryptionEnabled': 'false' }],
      [cache, { 'elasticache:TransitEncryptionEnabled': 'false' }],
    ]);
  });
}

/** The reference calls `express` required beside `execution`; both machines are standard ones. */
function isRequired({ name, required }: { name: string; required: boolean }): boolean {
  return required && name !== 'express';
}

/** Statements on resources of this very template name them by reference, and not by an ARN that could be judged. */
function isWritten({ Resource }: Statement): boolean {
  return Resource.every((resource) => resource === '*' || resource.startsWith('arn:'));
}
