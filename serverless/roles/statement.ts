/**
 * The vocabulary the roles are written in. What is made must carry the ownership tag in the very request that
 * makes it, what is changed or deleted must carry it already, and what has a name must begin with `aoscloud-`.
 */

/** One statement of an IAM policy. Pseudo parameters (`${AWS::AccountId}`) are substituted by CloudFormation. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Condition;
}

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** The ownership tag, of whichever environment: one function serves them all. */
const environmentTag = 'aoscloud:environment';

/** The request that makes it tags it. */
export const tagged: Condition = { StringLike: { [`aws:RequestTag/${environmentTag}`]: '?*' } };
/** It carries the ownership tag. */
export const ours: Condition = { StringLike: { [`aws:ResourceTag/${environmentTag}`]: '?*' } };
/** Its tags are changed, but never those that say whose it is. */
export const oursToTag: Condition = {
  ...ours,
  'ForAllValues:StringNotLike': {
    'aws:TagKeys': ['Name', environmentTag, 'aoscloud:component', 'aoscloud:created-by'],
  },
};
/** EKS tags its own cluster security group, and only it can: `aws:` tags are reserved. */
export const groupOfOurCluster: Condition = {
  StringLike: { 'aws:ResourceTag/aws:eks:cluster-name': 'aoscloud-*' },
};
/** The VPC CNI puts the instance's id on every interface it makes. */
export const interfaceOfPods: Condition = {
  Null: { 'aws:ResourceTag/node.k8s.amazonaws.com/instance_id': 'false' },
};

type OneOrMore = string | readonly string[];

function list(value: OneOrMore): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

export function allow(actions: OneOrMore, resources: OneOrMore, condition?: Condition): Statement {
  return {
    Effect: 'Allow',
    Action: list(actions),
    Resource: resources,
    ...(condition ? { Condition: condition } : {}),
  };
}

export function deny(actions: OneOrMore, condition: Condition): Statement {
  return { Effect: 'Deny', Action: list(actions), Resource: '*', Condition: condition };
}

/** Only for actions of wildcards.ts. */
export function anywhere(actions: OneOrMore, condition?: Condition): Statement {
  return allow(actions, '*', condition);
}

/** `arn('rds', 'cluster:aoscloud-*')`: in this account, in any region. */
export function arn(service: string, resource: string): string {
  return `arn:\${AWS::Partition}:${service}:*:\${AWS::AccountId}:${resource}`;
}

export function iamArn(resource: string): string {
  return `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:${resource}`;
}

/** EC2 resources have no names: all of these types, narrowed by a condition on tags. */
export function ec2(...types: readonly string[]): string[] {
  return types.map((type) => arn('ec2', `${type}/*`));
}

/** Tags in a create call are authorized as `CreateTags` of their own (aws-facts 11). */
export function ec2TagOnCreate(createActions: readonly string[], ...types: readonly string[]): Statement {
  return allow('ec2:CreateTags', ec2(...types), {
    StringEquals: { 'ec2:CreateAction': createActions },
    ...tagged,
  });
}

/** Services make their service-linked role at first use in an account, as the caller. */
export function serviceLinkedRole(...services: readonly string[]): Statement[] {
  return services.map((service) =>
    allow('iam:CreateServiceLinkedRole', iamArn(`role/aws-service-role/${service}/*`), {
      StringEquals: { 'iam:AWSServiceName': service },
    }),
  );
}

/**
 * EKS looks for its service-linked role as the caller. While an account has none, IAM judges the name without the
 * path that the role will have (terraform-aws-modules/terraform-aws-eks#2018), so both are allowed.
 */
export function looksForServiceLinkedRole(service: string, name: string): Statement {
  return allow('iam:GetRole', [iamArn(`role/aws-service-role/${service}/${name}`), iamArn(`role/${name}`)]);
}
