/** Requests held to AWS's service models. The models' version is in the name of every test here. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { CallRecord } from '#embedded/engine.ts';
import { inputProblems } from './check-input.ts';
import { importedOperations } from './imported.ts';
import { recordRuns } from './recorded.ts';
import { serviceModel } from './service-model.ts';

const version = serviceModel('ec2').source.split(' ').slice(0, 2).join(' ');
const ends = ['provision: SUCCEEDED', 'provision: SUCCEEDED', 'deprovision: SUCCEEDED', 'provision: FAILED'];

describe(`held to the service models of ${version}`, () => {
  test.each(['dev', 'prod'])(
    'every request of provisioning %s, again, taking it down and rolling it back is sound',
    async (name) => {
      const recorded = await recordRuns(name);
      expect(recorded.ends).toEqual(ends);
      expect(recorded.calls.length).toBeGreaterThan(300);
      const problems = recorded.calls.flatMap(({ operation, input }) => inputProblems(operation, input));
      expect([...new Set(problems)]).toEqual([]);
    },
  );

  test.each(importedOperations())('%s is an operation of AWS', (operation) => {
    const [service, action] = operation.split(':') as [string, string];
    expect(
      Object.keys(serviceModel(service).operations),
      'npm run models, if AWS has it since lately',
    ).toContain(action);
  });
});

describe('a recorded request, spoilt', () => {
  let calls: readonly CallRecord[] = [];
  beforeAll(async () => {
    ({ calls } = await recordRuns('dev'));
  });

  /** A copy of the first recorded request of `operation`. */
  // biome-ignore lint/suspicious/noExplicitAny: spoilt on purpose, past the SDK's types
  function recorded(operation: string): any {
    const call = calls.find((one) => one.operation === operation);
    if (!call) throw new Error(`${operation} was not recorded`);
    return structuredClone(call.input);
  }

  test('has a misspelt parameter', () => {
    const { CidrBlock, ...rest } = recorded('ec2:CreateVpc');
    expect(inputProblems('ec2:CreateVpc', { ...rest, CIDRBlock: CidrBlock })).toEqual([
      'ec2:CreateVpc: CIDRBlock is no member of CreateVpcRequest',
    ]);
  });

  test('has a misspelt parameter deep inside', () => {
    const input = recorded('ec2:CreateLaunchTemplate');
    input.LaunchTemplateData.MetadataOptions.HttpToken = 'required';
    expect(inputProblems('ec2:CreateLaunchTemplate', input)).toEqual([
      'ec2:CreateLaunchTemplate: LaunchTemplateData.MetadataOptions.HttpToken is no member of LaunchTemplateInstanceMetadataOptionsRequest',
    ]);
  });

  test('has a value the enum does not list', () => {
    const input = { ...recorded('eks:CreateNodegroup'), amiType: 'BOTTLEROCKET_X86_64' };
    expect(inputProblems('eks:CreateNodegroup', input)).toEqual([
      expect.stringContaining('amiType is "BOTTLEROCKET_X86_64", not one of AL2_x86_64'),
    ]);
  });

  test('lacks a required member', () => {
    const { resourcesVpcConfig: _left, ...rest } = recorded('eks:CreateCluster');
    expect(inputProblems('eks:CreateCluster', rest)).toEqual([
      'eks:CreateCluster: resourcesVpcConfig is required',
    ]);
  });

  test('lacks a required member, given as undefined', () => {
    const input = { ...recorded('rds:CreateDBCluster'), Engine: undefined };
    expect(inputProblems('rds:CreateDBCluster', input)).toEqual(['rds:CreateDBCluster: Engine is required']);
  });

  test('breaks a pattern and a length', () => {
    const input = { ...recorded('iam:CreateRole'), RoleName: `${'a'.repeat(64)}/` };
    expect(inputProblems('iam:CreateRole', input)).toEqual([
      expect.stringContaining('65 characters: at most 64'),
      expect.stringContaining('does not match'),
    ]);
  });

  test('is out of range', () => {
    const input = { ...recorded('ec2:DescribeSubnets'), MaxResults: 2 };
    expect(inputProblems('ec2:DescribeSubnets', input)).toEqual([
      'ec2:DescribeSubnets: MaxResults is 2: at least 5',
    ]);
  });

  test('has a number where words go, and words where a number goes', () => {
    expect(inputProblems('efs:CreateMountTarget', { FileSystemId: 12, SubnetId: 'subnet-0a1b2c3d' })).toEqual(
      ['efs:CreateMountTarget: FileSystemId is no string'],
    );
    const input = { ...recorded('rds:CreateDBCluster'), BackupRetentionPeriod: '7' };
    expect(inputProblems('rds:CreateDBCluster', input)).toEqual([
      'rds:CreateDBCluster: BackupRetentionPeriod is no whole number',
    ]);
  });
});
