/**
 * Does the account have room for what is still to be made? A quota that cannot be read is a warning, and AWS's
 * default counts: a run that was not refused here may still be refused by AWS.
 */
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { type AwsTarget, client } from '#lib/aws/clients.ts';
import { canonicalCode, classify, isAwsError, operationOf } from '#lib/aws/errors.ts';
import { type Context, type Findings, noFindings } from './context.ts';
import type { Need, Quota } from './needs.ts';

export async function askQuotas({ target }: Context, needs: readonly Need[]): Promise<Findings> {
  const findings = noFindings();
  await Promise.all(needs.filter(({ needed }) => needed > 0).map((need) => askQuota(target, need, findings)));
  return findings;
}

async function askQuota(target: AwsTarget, need: Need, { problems, warnings }: Findings): Promise<void> {
  const { name, needed, limit } = need;
  const [used, allowed] = await Promise.all([
    readable(need.used),
    readable(() => (typeof limit === 'function' ? limit() : serviceQuota(target, limit, need))),
  ]);
  const assumed = allowed.value ?? (typeof limit === 'function' ? undefined : limit.default);
  if (used.denied)
    warnings.push(`quota "${name}" is not checked: its use cannot be counted (${used.denied})`);
  else if (assumed === undefined)
    warnings.push(`quota "${name}" is not checked: ${allowed.denied ?? 'AWS does not tell it'}`);
  else if (allowed.value === undefined)
    warnings.push(
      `quota "${name}" is assumed to be AWS's default of ${assumed}: ${allowed.denied ?? 'AWS does not tell it'}`,
    );
  if (used.value === undefined || assumed === undefined || used.value + needed <= assumed) return;
  const code = typeof limit === 'function' ? '' : ` (${limit.service} ${limit.code})`;
  problems.push({
    what: `quota "${name}"${code} in ${target.region}: ${used.value} of ${assumed} in use, this run needs ${needed} more`,
    todo: `ask Service Quotas for at least ${used.value + needed}, or remove what is no longer needed`,
  });
}

/** The value, or why this role may not read it. Every other failure is thrown. */
async function readable<T>(read: () => Promise<T>): Promise<{ value?: T; denied?: string }> {
  try {
    return { value: await read() };
  } catch (error) {
    if (isAwsError(error) && classify(error) === 'access')
      return { denied: `${operationOf(error)} answered ${canonicalCode(error)}` };
    throw error;
  }
}

/**
 * The applied value, else AWS's default as AWS tells it; undefined where it knows neither. Where the default that is
 * known here leaves room, AWS is not asked for it: it has only ever raised them.
 */
async function serviceQuota(
  target: AwsTarget,
  { service, code, default: known_ }: Quota,
  { used, needed }: Need,
): Promise<number | undefined> {
  const quotas = client(ServiceQuotasClient, target);
  const query = { ServiceCode: service, QuotaCode: code };
  const applied = await known(() => quotas.send(new GetServiceQuotaCommand(query)));
  if (applied) return applied.Quota?.Value;
  if (known_ !== undefined && (await used()) + needed <= known_) return known_;
  return (await known(() => quotas.send(new GetAWSDefaultServiceQuotaCommand(query))))?.Quota?.Value;
}

/** A quota nobody ever changed may have no applied value: AWS answers NoSuchResource. */
async function known<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (canonicalCode(error) === 'NoSuchResource') return undefined;
    throw error;
  }
}
