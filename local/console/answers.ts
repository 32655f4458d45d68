/** What the answers of the machines' first and last Tasks say of the whole run: what was accepted, and what was attested. */
import type { RunEvent as ConsoleEvent, Plan } from '#console/api.ts';

type Members<T extends ConsoleEvent['type']> = Omit<
  Extract<ConsoleEvent, { type: T }>,
  'sequence' | 'execution' | 'at'
>;

/** Undefined of an answer that accepts no request. */
export function acceptedOf(answer: unknown): Members<'accepted'> | undefined {
  const { environment, changes, warnings } = (answer ?? {}) as {
    environment?: Partial<Plan>;
    changes?: { changes?: Members<'accepted'>['changes'] };
    warnings?: readonly string[];
  };
  // That of a removal names what is removed, and plans nothing.
  if (!environment?.subnets || !environment.zones) return undefined;
  return {
    type: 'accepted',
    plan: shown(environment as Plan),
    changes: changes?.changes ?? [],
    warnings: warnings ?? [],
  };
}

/** Undefined of an answer that attests nothing. Where nothing is to do, what accepts attests. */
export function attestedOf(answer: unknown): Members<'attested'> | undefined {
  type Attestation = Partial<Members<'attested'>>;
  const { verification, ...own } = (answer ?? {}) as Attestation & { verification?: Attestation };
  const { rules, outputs } = verification ?? own;
  return rules && outputs ? { type: 'attested', rules, outputs } : undefined;
}

/** Tags, ARNs of roles and what else a plan has are nobody's business who only looks. */
function shown(plan: Plan): Plan {
  const { name, region, account, vpcCidr, zones, subnets, endpointServices } = plan;
  const { eks, aurora, documentdb, elasticache, efs, loadBalancer, network } = plan;
  const settings = { eks, aurora, documentdb, elasticache, efs, loadBalancer, network };
  return { name, region, account, vpcCidr, zones, subnets, endpointServices, ...settings };
}
