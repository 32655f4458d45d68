/**
 * Are the administrators roles that exist? EKS asks only when their access entries are made, a quarter of an hour
 * into a run. A role with a path is named with it: EKS takes `role/<path>/<name>` as it stands and calls the same
 * role without its path an invalid principal, which is how roles of IAM Identity Center are misspelt
 * (EKS user guide, "Create access entries"; terraform-aws-modules/terraform-aws-eks#2969).
 */
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { accountOf, roleNameOf } from '#lib/aws/role-arn.ts';
import type { Finding } from '#lib/run/failure-words.ts';
import { type Context, type Findings, noFindings } from './context.ts';

export async function askAdministrators({ target, request }: Context): Promise<Findings> {
  const findings = noFindings();
  const { administrators } = request.eks;
  const elsewhere = administrators.filter((arn) => accountOf(arn) !== target.account);
  // EKS takes them, but who is not of this account may not ask IAM about its roles.
  for (const arn of elsewhere)
    findings.warnings.push(
      `eks.administrators ${arn}: is a role of another account (${accountOf(arn)}), which is not asked about here; EKS refuses it when it does not exist`,
    );
  const here = administrators.filter((arn) => accountOf(arn) === target.account);
  findings.problems.push(
    ...(await forEach(here, 3, (arn) => problemOf({ target, arn }))).filter(
      (problem) => problem !== undefined,
    ),
  );
  return findings;
}

async function problemOf({
  target,
  arn,
}: Pick<Context, 'target'> & { arn: string }): Promise<Finding | undefined> {
  const answer = await tolerating(['gone'], () =>
    client(IAMClient, target).send(new GetRoleCommand({ RoleName: roleNameOf(arn) })),
  );
  if (!answer?.Role)
    return {
      what: `eks.administrators ${arn}: there is no such role in account ${target.account}`,
      todo: 'correct the name, or make the role first',
    };
  if (answer.Role.Arn === arn) return undefined;
  return {
    what: `eks.administrators ${arn}: EKS wants a role as IAM spells it, path and all`,
    todo: `name it ${answer.Role.Arn}`,
  };
}
