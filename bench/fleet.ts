/**
 * Many environments started together on one account and region of the embedded AWS: how many come up, when, and how
 * many calls that takes, beside what they need and beside the time that AWS's own rates leave nobody to beat.
 */
import type { CallRecord, Fault } from '#embedded/engine.ts';
import { limitOf, limits, setLimit } from '#embedded/limits.ts';
import { emptyState } from '#embedded/model.ts';
import { bucketOf } from '#embedded/rates.ts';
import { iamState } from '#embedded/services/iam/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import { type Account, openAccount } from '#local/account.ts';
import { clock } from '#local/progress.ts';
import { type RunRequest, type Simulated, simulateTogether } from '#local/simulate.ts';

const region = 'eu-central-1';
const latencySeconds = 0.2;

interface FleetOptions {
  readonly environments: number;
  /** So many of them fail when their node group is made, and roll back. */
  readonly failing?: number;
  /** The share of each of AWS's rates that somebody else uses. */
  readonly stranger?: number;
  readonly seed?: number;
}

export interface FleetFigures {
  readonly environments: number;
  readonly failing: number;
  readonly stranger: number;
  /** Ended in another way than they were meant to. */
  readonly failed: number;
  /** The first thing that made an environment fail that was not meant to. */
  readonly firstFailure?: string;
  /** From the common start to ready; of those that got ready. */
  readonly seconds: { readonly first: number; readonly median: number; readonly last: number };
  /** When the last one can be ready, whoever schedules the calls, as long as AWS takes its usual time. */
  readonly boundSeconds: number;
  /** Calls about the environments, refused ones included. */
  readonly calls: { readonly all: number; readonly perEnvironment: number; readonly refused: number };
  /** What as many make one after the other. */
  readonly callsNeeded: number;
  /** By operation with a rate that changes something: calls made, those that so many environments need, those refused for rate. */
  readonly budgeted: Record<string, Budgeted>;
  readonly transitions: { readonly all: number; readonly perEnvironment: number };
  readonly realSeconds: number;
  /** The most this process had at any time. */
  readonly memoryMebibytes: number;
}

interface Budgeted {
  readonly calls: number;
  readonly needed: number;
  readonly refused: number;
}

/** Runs the fleet to its end on virtual time. */
export async function benchFleet(options: FleetOptions): Promise<FleetFigures> {
  const { environments, failing = 0, stranger = 0, seed = 1 } = options;
  const started = performance.now();
  const one = await run(1, { seed });
  const alone = needsOf(one);
  const fleet = await run(environments, { seed, stranger, failing });
  const readyAfter = fleet.runs.flatMap(({ result, seconds }) =>
    result.status === 'SUCCEEDED' ? [seconds] : [],
  );
  readyAfter.sort((one, other) => one - other);
  const wrong = fleet.runs.filter(
    ({ result, execution }) => (result.status === 'SUCCEEDED') === fleet.meantToFail.has(execution),
  );
  const requests = fleet.account.requests();
  const all = sum(Object.values(requests));
  const transitions = sum(fleet.runs.map((of) => of.transitions));
  return {
    environments,
    failing,
    stranger,
    failed: wrong.length,
    ...(wrong[0]
      ? { firstFailure: wrong[0].result.cause ?? wrong[0].result.error ?? 'succeeded, and was to fail' }
      : {}),
    seconds: {
      first: readyAfter[0] ?? 0,
      median: readyAfter[Math.floor(readyAfter.length / 2)] ?? 0,
      last: readyAfter.at(-1) ?? 0,
    },
    boundSeconds: boundOf(fleet.account, environments, stranger, alone),
    calls: {
      all,
      perEnvironment: Math.round(all / environments),
      refused: sum(Object.values(fleet.refused())),
    },
    callsNeeded: sum(Object.values(one.account.requests())) * environments,
    budgeted: Object.fromEntries(
      Object.entries(alone).map(([operation, needed]) => [
        operation,
        {
          calls: requests[operation] ?? 0,
          needed: needed * environments,
          refused: fleet.refused()[operation] ?? 0,
        },
      ]),
    ),
    transitions: { all: transitions, perEnvironment: Math.round(transitions / environments) },
    realSeconds: Math.round((performance.now() - started) / 1000),
    memoryMebibytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

interface FleetRun {
  readonly account: Account;
  readonly runs: readonly Simulated[];
  /** By name of execution. */
  readonly meantToFail: ReadonlySet<string>;
  /** By operation. */
  readonly refused: () => Readonly<Record<string, number>>;
}

async function run(
  environments: number,
  { seed, stranger = 0, failing = 0 }: { seed: number; stranger?: number; failing?: number },
): Promise<FleetRun> {
  const store = new MemoryStore(emptyState(seed, Date.now()));
  const account = openAccount({ store, latencySeconds, usedByOthers: stranger });
  raiseQuotas(account, environments);
  const requests = Array.from({ length: environments }, (_, index) => requestOf(index));
  const doomed = new Set(
    Array.from(
      { length: failing },
      (_, index) => requestOf(Math.floor(((index + 0.5) * environments) / failing)).name,
    ),
  );
  account.aws.inject = (call) => failingNodes(call, doomed);
  const runs = await simulateTogether(account, { runs: requests, seed });
  return { account, runs, meantToFail: doomed, refused: () => account.aws.refusedForRate };
}

function requestOf(index: number): RunRequest {
  const environment = `fleet-${String(index + 1).padStart(3, '0')}`;
  const vpcCidr = `10.${index}.0.0/16`;
  return { machine: 'provision', name: environment, input: { environment, region, vpcCidr, size: 'small' } };
}

/** As an account has them that was made ready for so many: quotas are not what is measured. */
function raiseQuotas({ aws }: Account, environments: number): void {
  aws.inspect(region, (call) => {
    for (const { quotaCode } of limits) setLimit(call, quotaCode, limitOf(call, quotaCode) * environments);
  });
}

/** Late, so that nearly everything is to be taken back. */
function failingNodes({ operation, input }: CallRecord, doomed: ReadonlySet<string>): Fault | undefined {
  const fails = operation === 'eks:CreateNodegroup' && doomed.has(nameOf(input.clusterName));
  return fails ? { kind: 'outcome-fails' } : undefined;
}

const nameOf = (cluster: unknown): string => String(cluster).slice('aoscloud-'.length);

/** What one environment by itself needs of each operation that changes something and has a rate. */
function needsOf({ account }: FleetRun): Record<string, number> {
  const needs: Record<string, number> = {};
  for (const { operation } of account.aws.mutations)
    if (bucketOf(operation)) needs[operation] = (needs[operation] ?? 0) + 1;
  return Object.fromEntries(Object.entries(needs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What AWS itself takes before the first of these calls and after the last of them. The EKS group can be on an endpoint
 * from its making on, so nobody needs ModifyVpcEndpoint.
 */
const queues: Readonly<
  Record<string, { readonly before: readonly string[]; readonly after: readonly string[] }>
> = {
  'ec2:CreateVpc': {
    before: [],
    after: [
      'ec2:vpcAvailable',
      'ec2:subnetAvailable',
      'eks:clusterSettled',
      'eks:nodesJoining',
      'eks:addonSettled',
    ],
  },
  'ec2:CreateSubnet': {
    before: ['ec2:vpcAvailable'],
    after: ['ec2:subnetAvailable', 'eks:clusterSettled', 'eks:nodesJoining', 'eks:addonSettled'],
  },
  'ec2:CreateVpcEndpoint': {
    before: ['ec2:vpcAvailable', 'ec2:subnetAvailable'],
    after: ['ec2:vpcEndpointAvailable', 'eks:nodesJoining', 'eks:addonSettled'],
  },
};

/**
 * The slowest chain of a single environment, or the queue at one of the rates with what AWS takes in the median before
 * and after it: who stands at its end is anybody.
 */
function boundOf(
  { aws }: Account,
  environments: number,
  stranger: number,
  needs: Record<string, number>,
): number {
  const took = (kind: string) => aws.waits.filter((wait) => wait.kind === kind);
  const least = (kind: string) => Math.min(...took(kind).map(({ seconds }) => seconds));
  const usual = (kind: string) => median(took(kind).map(({ seconds }) => seconds));
  const before = least('ec2:vpcAvailable') + least('ec2:subnetAvailable') + rolePropagation(aws);
  const chains = took('eks:clusterSettled').map(({ id, seconds }) => {
    const [nodes] = took('eks:nodesJoining').filter((wait) => wait.id.startsWith(id));
    return before + seconds + (nodes?.seconds ?? 0) + least('eks:addonSettled');
  });
  const waiting = Object.entries(queues).map(([operation, { before, after }]) => {
    const bucket = bucketOf(operation, stranger);
    const calls = (needs[operation] ?? 0) * environments;
    const queue = bucket ? Math.max(0, calls - bucket.size) / bucket.refillPerSecond : 0;
    return queue > 0 ? sum([...before, ...after].map(usual)) + queue : 0;
  });
  return Math.round(Math.max(...chains, ...waiting));
}

/** The quickest way from the making of a cluster's role to EKS seeing it. */
function rolePropagation(aws: Account['aws']): number {
  const roles = aws.inspect(region, (call) => Object.values(iamState(call).roles));
  const clusters = roles.filter(({ name }) => name.endsWith('-eks-cluster'));
  return Math.min(...clusters.map(({ createdAt, usableAt }) => (usableAt - createdAt) / 1000));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** For people. */
export function printFleet(figures: FleetFigures): void {
  const { seconds, calls, transitions } = figures;
  const at = (after: number) => clock(after * 1000);
  console.log(`${figures.environments} environments at once, ${figures.failed} ended as they should not`);
  if (figures.firstFailure) console.log(`  ${figures.firstFailure}`);
  console.log(
    `ready: first ${at(seconds.first)}, median ${at(seconds.median)}, last ${at(seconds.last)}; bound ${at(figures.boundSeconds)}`,
  );
  console.log(`calls: ${calls.all}, ${calls.perEnvironment} each, ${calls.refused} refused for rate`);
  console.log(`transitions: ${transitions.all}, ${transitions.perEnvironment} each`);
  for (const [operation, { calls, needed, refused }] of Object.entries(figures.budgeted))
    console.log(
      `  ${operation.padEnd(40)} ${String(calls).padStart(7)}, ${needed} needed, ${refused} refused for rate`,
    );
  console.log(`${figures.realSeconds} s of real time, ${figures.memoryMebibytes} MiB`);
}
