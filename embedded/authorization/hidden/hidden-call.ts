/** What a service asks IAM beside the action itself, with the rights of whoever called it. */

import type { AccessRequest } from '#embedded/authorization/policy.ts';
import { anywhere, named, on, type Row } from '#embedded/authorization/request.ts';
import { roleTarget } from '#embedded/authorization/rows/iam.ts';
import type { AwsFault, Call } from '#embedded/model.ts';
import { iamState } from '#embedded/services/iam/state.ts';

export interface HiddenCall {
  /** Operations as the engine names them (`docdb:CreateDBCluster`). */
  readonly of: readonly string[];
  /** When AWS does it. */
  readonly when: string;
  /** Where that is known from. */
  readonly source: string;
  /** Sources disagree, or only one says so: asked for all the same, since to allow it costs little. */
  readonly unsettled?: true;
  /** What is asked for in the call at hand; nothing where `when` does not apply. */
  readonly asks: Row;
  /** In the service's words, where they are not those of a plain refusal. */
  readonly refusal?: (request: AccessRequest, sentence: string) => AwsFault;
}

/** A role is given to a service. */
export function passes(call: Call, roleArn: string, service: string): AccessRequest[] {
  const target = roleTarget(call, roleArn.split('/').at(-1) as string);
  return on('iam:PassRole', [named(roleArn, target.context)], { 'iam:PassedToService': service });
}

/** The names of the service-linked roles AWS makes at first use. */
const serviceLinked: Readonly<Record<string, string>> = {
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'rds.amazonaws.com': 'AWSServiceRoleForRDS',
  'elasticache.amazonaws.com': 'AWSServiceRoleForElastiCache',
  'transitgateway.amazonaws.com': 'AWSServiceRoleForVPCTransitGateway',
  'elasticfilesystem.amazonaws.com': 'AWSServiceRoleForAmazonElasticFileSystem',
};

export function serviceLinkedName(service: string): string {
  const name = serviceLinked[service];
  if (!name) throw new Error(`the authorization table knows no service-linked role of ${service}`);
  return name;
}

/** The service makes its role where the account has none. */
export function makesServiceLinkedRole(call: Call, service: string): AccessRequest[] {
  const name = serviceLinkedName(service);
  if (iamState(call).roles[name.toLowerCase()]) return [];
  const arn = `arn:${call.partition}:iam::${call.account}:role/aws-service-role/${service}/${name}`;
  return on('iam:CreateServiceLinkedRole', [named(arn)], { 'iam:AWSServiceName': service });
}

/** Reads of EC2 that another service makes as the caller. */
export function looksAtEc2(call: Call, ...nouns: readonly string[]): AccessRequest[] {
  return nouns.flatMap((noun) => anywhere(`ec2:Describe${noun}`, { 'ec2:Region': call.region }));
}
