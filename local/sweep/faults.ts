/** What may go wrong with one AWS call, and how each is put into the embedded AWS. */
import type { CallRecord, EngineOptions, Fault } from '#embedded/engine.ts';
import { AwsFault } from '#embedded/model.ts';
import { currentInvocation } from '#local/lambda.ts';
import { hasNotYet, notYet } from './not-yet.ts';

const faultKinds = [
  'quota',
  'denied',
  'invalid',
  'answer-lost',
  'throttled-a-minute',
  'three-5xx',
  'killed-before',
  'killed-after',
  'lambda-500',
  'ends-failed',
  'not-yet',
  'unreachable-a-minute',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What passes within a minute or two: a run that meets nothing else ends as if it had met nothing. */
export const passingKinds: ReadonlySet<FaultKind> = new Set(['not-yet', 'unreachable-a-minute']);

/** A fault at the n-th call of a run. */
export interface Injection {
  readonly index: number;
  readonly kind: FaultKind;
}

/** Which kinds make sense for a call. */
export function kindsFor(call: Pick<CallRecord, 'operation' | 'mutates'>): FaultKind[] {
  return faultKinds.filter((kind) => {
    if (kind === 'not-yet') return hasNotYet(call.operation);
    if (kind === 'ends-failed') return endsFailed.test(call.operation);
    if (kind === 'quota') return call.mutates && /:(Create|Allocate|Authorize)/.test(call.operation);
    if (kind === 'invalid' || kind === 'answer-lost' || kind === 'unreachable-a-minute') return call.mutates;
    return true;
  });
}

const endsFailed =
  /^(ec2:CreateNatGateway|ec2:CreateVpcEndpoint|eks:CreateCluster|eks:CreateNodegroup|eks:CreateAddon|rds:CreateDBCluster|rds:CreateDBInstance|rds:CreateDBClusterSnapshot|rds:ModifyDBCluster|docdb:CreateDBCluster|docdb:CreateDBInstance|docdb:CreateDBClusterSnapshot|docdb:ModifyDBCluster|elasticache:CreateReplicationGroup|efs:CreateMountTarget)$/;

/** Each service's own word for "no more". */
const quotaWords: Readonly<Record<string, string>> = {
  ec2: 'VpcLimitExceeded',
  eks: 'ResourceLimitExceededException',
  iam: 'LimitExceededException',
  rds: 'DBClusterQuotaExceededFault',
  docdb: 'DBClusterQuotaExceededFault',
  elasticache: 'NodeQuotaForCustomerExceededFault',
  efs: 'FileSystemLimitExceeded',
  logs: 'LimitExceededException',
};
const deniedWords: Readonly<Record<string, string>> = {
  ec2: 'UnauthorizedOperation',
  eks: 'AccessDeniedException',
  efs: 'AccessDeniedException',
};

/** The inject hook for some faults at once. `onHit` hears which calls were hit. */
export function injecting(
  injections: readonly Injection[],
  onHit: (call: CallRecord, kind: FaultKind, step: string) => void,
): NonNullable<EngineOptions['inject']> {
  const lasting: ((call: CallRecord) => Fault | undefined)[] = [];
  return (call) => {
    const injection = injections.find(({ index }) => index === call.index);
    if (injection) {
      onHit(call, injection.kind, currentInvocation()?.functionKey ?? '');
      return begin(injection.kind, call, lasting);
    }
    for (const still of lasting) {
      const fault = still(call);
      if (fault) return fault;
    }
    return undefined;
  };
}

function begin(
  kind: FaultKind,
  call: CallRecord,
  lasting: ((call: CallRecord) => Fault | undefined)[],
): Fault {
  const service = call.operation.split(':')[0] as string;
  const forSeconds = (seconds: number, fault: Fault): Fault => {
    const until = Date.now() + seconds * 1000;
    lasting.push((later) => (later.operation === call.operation && Date.now() < until ? fault : undefined));
    return fault;
  };
  switch (kind) {
    case 'quota':
      return refuse(quotaWords[service] ?? 'LimitExceededException', 400);
    case 'denied':
      return refuse(
        deniedWords[service] ?? 'AccessDenied',
        403,
        'with an explicit deny in a service control policy',
      );
    case 'invalid':
      return refuse('InvalidParameterValue', 400);
    case 'answer-lost':
      return { kind: 'answer-lost' };
    case 'ends-failed':
      return { kind: 'outcome-fails' };
    case 'killed-before':
    case 'killed-after':
      return {
        kind: 'kill',
        effect: kind === 'killed-after',
        onKill: () => currentInvocation()?.kill('Sandbox.Timedout'),
      };
    case 'lambda-500':
      // Lambda lost the answer of an invocation whose effect stands; Step Functions reports one of its 500s.
      return {
        kind: 'kill',
        effect: true,
        onKill: () => currentInvocation()?.kill('Lambda.ClientExecutionTimeoutException'),
      };
    case 'throttled-a-minute':
      return forSeconds(60, refuse(service === 'ec2' ? 'RequestLimitExceeded' : 'ThrottlingException', 400));
    case 'unreachable-a-minute':
      return forSeconds(60, { kind: 'unreachable', code: unreachable[call.index % unreachable.length]! });
    case 'not-yet': {
      const { fault, seconds } = notYet(call.operation, call.index);
      return forSeconds(seconds, { kind: 'refuse', fault });
    }
    case 'three-5xx': {
      let left = 2;
      const broken = refuse('InternalError', 500);
      lasting.push((later) => (later.operation === call.operation && left-- > 0 ? broken : undefined));
      return broken;
    }
  }
}

/** What resolver and socket say in turn. */
const unreachable = ['EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED'];

function refuse(name: string, status: number, message = 'put in by the fault sweep'): Fault {
  return { kind: 'refuse', fault: new AwsFault(name, message, { status }) };
}
