/** How services say that a call is not allowed. */
import { AwsFault } from '#embedded/model.ts';
import type { AccessRequest, Decision } from './policy.ts';

/** IAM's sentence. Where there is no resource to name it ends with the action. */
export function sentence(caller: string, { action, resource }: AccessRequest, decision: Decision): string {
  const where = resource === '*' ? '' : ` on resource: ${resource}`;
  const why =
    decision === 'denied explicitly'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${caller} is not authorized to perform: ${action}${where} ${why}`;
}

/** Services that speak XML answer `AccessDenied`; those that speak JSON, `AccessDeniedException`. */
const speaksXml: ReadonlySet<string> = new Set(['docdb', 'elasticache', 'elb', 'elbv2', 'iam', 'rds', 'sts']);
/** The rest of the JSON ones answer 400. */
const answers403: ReadonlySet<string> = new Set(['eks', 'efs']);

/** As `service` (the engine's word) says it. */
export function refusal(service: string, told: string): AwsFault {
  if (service === 'ec2')
    return new AwsFault(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${told}. Encoded authorization failure message: embedded`,
      { status: 403 },
    );
  if (speaksXml.has(service)) return new AwsFault('AccessDenied', told, { status: 403 });
  return new AwsFault('AccessDeniedException', told, { status: answers403.has(service) ? 403 : 400 });
}
