/** ARNs of IAM roles, as people write them into requests. */

const assumedRole = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\//;

/** For the JSON Schema: what the start of one looks like. */
export const roleArnPattern = '^arn:aws[a-z-]*:iam::\\d{12}:role/';

/** What is wrong with `arn` as a role's, or undefined. `notSessions` says who takes no session's ARN. */
export function roleArnProblem(arn: string, notSessions: string): string | undefined {
  const session = assumedRole.exec(arn);
  if (session)
    return `is a session, ${notSessions}: name its role, arn:${session[1]}:iam::${session[2]}:role/${session[3]}`;
  if (/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn)) return undefined;
  return 'must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/platform-admin';
}

/** The account a role is in. */
export function accountOf(roleArn: string): string {
  return roleArn.split(':')[4] as string;
}

/** A role's own name, without its path. */
export function roleNameOf(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}

/** EKS: "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role". */
export function isServiceLinkedRoleArn(roleArn: string): boolean {
  return /:role\/aws-service-role\//.test(roleArn);
}
