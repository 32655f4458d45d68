/** The evaluator against AWS's documented rules: IAM user guide, "Policy evaluation logic", "Condition operators". */
import { describe, expect, it } from 'vitest';
import type { Conditions, Context } from '#embedded/authorization/conditions.ts';
import { decide, type PolicyStatement } from '#embedded/authorization/policy.ts';

const vpc = 'arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1';

function allow(statement: Partial<PolicyStatement> = {}): PolicyStatement {
  return { Effect: 'Allow', Action: 'ec2:DeleteVpc', Resource: '*', ...statement };
}
function asked(
  statements: readonly PolicyStatement[],
  request: { action?: string; resource?: string; context?: Context; absent?: boolean } = {},
) {
  return decide(statements, { action: 'ec2:DeleteVpc', resource: vpc, context: {}, ...request });
}
const met = (Condition: Conditions, context: Context = {}) =>
  asked([allow({ Condition })], { context }) === 'allowed';

describe('a request', () => {
  it('is denied where no statement speaks of it', () => {
    expect(asked([])).toBe('not allowed');
    expect(asked([allow({ Action: 'ec2:CreateVpc' })])).toBe('not allowed');
  });

  it('is denied where one statement denies it, however many allow it', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
    expect(asked([allow(), deny, allow()])).toBe('denied explicitly');
    const conditional = { ...deny, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } } };
    expect(asked([allow(), conditional])).toBe('allowed');
  });

  it('is not allowed by half of two statements', () => {
    const statements = [allow({ Resource: 'arn:aws:ec2:*:*:subnet/*' }), allow({ Action: 'ec2:CreateVpc' })];
    expect(asked(statements)).toBe('not allowed');
  });

  it('on a resource that is not there is allowed to whoever may do it under some condition', () => {
    const ours = allow({ Condition: { StringLike: { 'aws:ResourceTag/owner': '?*' } } });
    expect(asked([ours])).toBe('not allowed');
    expect(asked([ours], { absent: true })).toBe('allowed');
    expect(asked([allow({ Action: 'ec2:DeleteSubnet' })], { absent: true })).toBe('not allowed');
  });
});

describe('actions', () => {
  it('match with wildcards and without regard to case', () => {
    for (const Action of ['ec2:DeleteVpc', 'EC2:deletevpc', 'ec2:Delete*', 'ec2:*Vpc', 'ec2:DeleteVp?', '*'])
      expect(asked([allow({ Action })]), Action).toBe('allowed');
    for (const Action of ['ec2:DeleteVpcs', 'ec2:Delete', 'e2:DeleteVpc', 'ec2:DeleteVpc?'])
      expect(asked([allow({ Action })]), Action).toBe('not allowed');
  });

  it('are all but those a NotAction names', () => {
    const { Action: _, ...rest } = allow();
    expect(asked([{ ...rest, NotAction: ['iam:*'] }])).toBe('allowed');
    expect(asked([{ ...rest, NotAction: ['ec2:*'] }])).toBe('not allowed');
  });
});

describe('resources', () => {
  const on = (Resource: string, resource: string) => asked([allow({ Resource })], { resource });

  it('match part by part, with regard to case', () => {
    expect(on('arn:aws:ec2:*:111122223333:vpc/*', vpc)).toBe('allowed');
    expect(on('arn:aws:ec2:eu-*-1:*:vpc/vpc-?', vpc)).toBe('allowed');
    expect(on('arn:aws:ec2:*:111122223333:VPC/*', vpc)).toBe('not allowed');
    expect(on('arn:aws:ec2:*:444455556666:vpc/*', vpc)).toBe('not allowed');
    // A wildcard does not reach over a colon into the next part.
    expect(on('arn:aws:ec2:*:vpc/*', vpc)).toBe('not allowed');
    expect(on('arn:aws:*:vpc/vpc-1', vpc)).toBe('not allowed');
  });

  it('may have colons and slashes in their last part', () => {
    const cluster = 'arn:aws:rds:eu-central-1:111122223333:cluster:aoscloud-dev-aurora';
    expect(on('arn:aws:rds:*:111122223333:cluster:aoscloud-*', cluster)).toBe('allowed');
    expect(on('arn:aws:rds:*:111122223333:*aurora', cluster)).toBe('allowed');
    const role =
      'arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS';
    expect(on('arn:aws:iam::111122223333:role/aws-service-role/*', role)).toBe('allowed');
    expect(on('arn:aws:iam::111122223333:role/AWS*', role)).toBe('not allowed');
  });

  it('are needed as `*` by actions that have none', () => {
    expect(on('*', '*')).toBe('allowed');
    expect(on('arn:aws:ec2:*:*:vpc/*', '*')).toBe('not allowed');
  });

  it('are all but those a NotResource names', () => {
    const { Resource: _, ...rest } = allow();
    expect(asked([{ ...rest, NotResource: 'arn:aws:ec2:*:*:subnet/*' }])).toBe('allowed');
    expect(asked([{ ...rest, NotResource: vpc }])).toBe('not allowed');
  });

  it('may hold wildcards as characters', () => {
    expect(on('arn:aws:ec2:*:*:vpc/${*}', vpc)).toBe('not allowed');
    expect(on('arn:aws:ec2:*:*:vpc/${*}', vpc.replace('vpc-1', '*'))).toBe('allowed');
  });
});

describe('conditions', () => {
  it('hold for any of the values of a key, and only where all keys and operators do', () => {
    const both = {
      StringEquals: { 'ec2:CreateAction': ['CreateVpc', 'CreateSubnet'], 'ec2:Region': 'eu-central-1' },
    };
    expect(met(both, { 'ec2:CreateAction': 'CreateSubnet', 'ec2:Region': 'eu-central-1' })).toBe(true);
    expect(met(both, { 'ec2:CreateAction': 'CreateSubnet', 'ec2:Region': 'us-east-1' })).toBe(false);
    const two = { ...both, Bool: { 'aws:SecureTransport': 'true' } };
    expect(met(two, { 'ec2:CreateAction': 'CreateVpc', 'ec2:Region': 'eu-central-1' })).toBe(false);
  });

  it('find keys, and tags in them, without regard to case', () => {
    expect(met({ StringEquals: { 'AWS:requesttag/OWNER': 'a' } }, { 'aws:RequestTag/owner': 'a' })).toBe(
      true,
    );
  });

  it('compare values with regard to case, unless they say otherwise', () => {
    const context = { key: 'Value' };
    expect(met({ StringEquals: { key: 'value' } }, context)).toBe(false);
    expect(met({ StringEqualsIgnoreCase: { key: 'value' } }, context)).toBe(true);
    expect(met({ StringLike: { key: 'V?l*' } }, context)).toBe(true);
    expect(met({ StringEquals: { key: 'V*' } }, context)).toBe(false);
    expect(met({ StringLike: { key: '?*' } }, { key: '' })).toBe(false);
    expect(met({ StringNotEquals: { key: ['other', 'Value'] } }, context)).toBe(false);
    expect(met({ StringNotLike: { key: 'W*' } }, context)).toBe(true);
  });

  it('compare ARNs part by part, whether Equals or Like', () => {
    const context = { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy' };
    for (const operator of ['ArnEquals', 'ArnLike']) {
      expect(met({ [operator]: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/*' } }, context)).toBe(true);
      expect(met({ [operator]: { 'iam:PolicyARN': 'arn:aws:*:policy/*' } }, context)).toBe(false);
    }
    expect(met({ ArnNotLike: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/*' } }, context)).toBe(false);
  });

  it('compare truth as text', () => {
    expect(met({ Bool: { flag: 'true' } }, { flag: 'true' })).toBe(true);
    expect(met({ Bool: { flag: 'true' } }, { flag: 'false' })).toBe(false);
  });

  it('do not hold for a key that is not there, but for denials, Null and IfExists', () => {
    expect(met({ StringEquals: { key: 'a' } })).toBe(false);
    expect(met({ StringLike: { key: '*' } })).toBe(false);
    expect(met({ Bool: { key: 'false' } })).toBe(false);
    expect(met({ StringNotEquals: { key: 'a' } })).toBe(true);
    expect(met({ ArnNotEquals: { key: 'a' } })).toBe(true);
    expect(met({ StringEqualsIfExists: { key: 'a' } })).toBe(true);
    expect(met({ BoolIfExists: { key: 'true' } })).toBe(true);
    expect(met({ BoolIfExists: { key: 'true' } }, { key: 'false' })).toBe(false);
    expect(met({ Null: { key: 'true' } })).toBe(true);
    expect(met({ Null: { key: 'false' } })).toBe(false);
    expect(met({ Null: { key: 'false' } }, { key: 'a' })).toBe(true);
  });

  it('take sets as ForAllValues and ForAnyValue say', () => {
    const all = { 'ForAllValues:StringLike': { 'aws:TagKeys': ['a', 'b*'] } };
    expect(met(all, { 'aws:TagKeys': ['a', 'bc'] })).toBe(true);
    expect(met(all, { 'aws:TagKeys': ['a', 'c'] })).toBe(false);
    // AWS warns of it: an empty set fulfils ForAllValues.
    expect(met(all)).toBe(true);
    expect(met(all, { 'aws:TagKeys': [] })).toBe(true);
    const any = { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } };
    expect(met(any, { 'aws:TagKeys': ['b', 'a'] })).toBe(true);
    expect(met(any, { 'aws:TagKeys': ['b'] })).toBe(false);
    expect(met(any)).toBe(false);
    expect(
      met({ 'ForAllValues:StringNotEquals': { 'aws:TagKeys': 'x' } }, { 'aws:TagKeys': ['a', 'x'] }),
    ).toBe(false);
    expect(
      met({ 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'x' } }, { 'aws:TagKeys': ['a', 'x'] }),
    ).toBe(true);
  });

  it('are refused loudly where they are not understood', () => {
    expect(() => met({ DateGreaterThan: { 'aws:CurrentTime': '2026-01-01' } })).toThrow('DateGreaterThan');
    expect(() => met({ StringEquals: { 'aws:TagKeys': 'a' } }, { 'aws:TagKeys': ['a', 'b'] })).toThrow(
      'ForAllValues:',
    );
    expect(() => met({ StringLike: { key: '${aws:username}' } }, { key: 'a' })).toThrow('${aws:username}');
  });
});
