/** What people do after a run, by how it ended: AWS's own command lines, and ours as they are typed here. */
import type { EnvironmentOutputs } from '#lib/verify/outputs.ts';
import { defaultState } from './commands/options.ts';

/** In the order one needs them. */
export type NextStep = readonly [what: string, command: string];
/** A command line of ours: `status dev` → `npm start -- status dev --state elsewhere`. */
export type OwnCommand = (...words: readonly string[]) => string;

/** With what the command under way was told, where that is not the default. */
export function ownCommand({ state, endpoint }: { state: string; endpoint?: string }): OwnCommand {
  const where = state === defaultState ? [] : ['--state', state];
  const to = endpoint === undefined ? [] : ['--endpoint', endpoint];
  return (...words) => {
    const runs = words[0] === 'provision' || words[0] === 'deprovision';
    return ['npm start --', ...[...words, ...where, ...(runs ? to : [])].map(quoted)].join(' ');
  };
}

/** Of the deployed service. */
export function ownCommandOnAws(stage: string): OwnCommand {
  return (...words) => ['npm start --', ...[...words, '--aws', '--stage', stage].map(quoted)].join(' ');
}

/** A file's name may be anything. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Where this machine keeps its runs, as long as the state folder keeps them. */
export function seeAgain(own: OwnCommand, name: string): NextStep {
  return ['see this run again in a browser', own('watch', name)];
}

export interface Standing {
  readonly name: string;
  readonly region: string;
  readonly administrators: readonly string[];
  readonly outputs: EnvironmentOutputs;
}

/** With an environment that is READY. */
export function afterReady({ name, region, administrators, outputs }: Standing, own: OwnCommand): NextStep[] {
  const secret = (arn: string) => `aws secretsmanager get-secret-value --region ${region} --secret-id ${arn}`;
  return [
    [
      administrators.length > 0
        ? `enter the cluster, as ${administrators[0]}`
        : 'nobody may enter the cluster yet: name a role in eks.administrators, and run again; then',
      `aws eks update-kubeconfig --region ${region} --name ${outputs.cluster.name}`,
    ],
    ['read the password of Aurora', secret(outputs.aurora.secretArn)],
    ['read the password of DocumentDB', secret(outputs.documentdb.secretArn)],
    ['see whether it is still so', own('drift', name)],
    ['take it down', takeDown(name, own)],
  ];
}

export interface Failed {
  readonly name: string;
  /** Of the error. */
  readonly error: string;
  /** What began the run. */
  readonly again: string;
  /** Something of the environment exists. */
  readonly stands: boolean;
}

const refusals: ReadonlySet<string> = new Set(['InvalidRequestError', 'PreflightFailedError']);

/** Of a request, before anything was begun. */
export function isRefusal(error: string): boolean {
  return refusals.has(error);
}

/** With a request that was refused, or a run that failed. `file`: of the request. */
export function afterFailure(
  { name, error, again, stands }: Failed,
  own: OwnCommand,
  file?: string,
): NextStep[] {
  if (file !== undefined && isRefusal(error))
    return [
      ['ask again without a run, until nothing is in the way', own('plan', file)],
      ['then', again],
    ];
  const busy = error === 'EnvironmentBusyError';
  return [
    [busy ? 'see what the other run does' : 'see the cause again, and what stands', own('status', name)],
    [
      busy
        ? 'once it is over'
        : stands
          ? 'once the cause is gone, go on'
          : 'once the cause is gone, begin again',
      again,
    ],
    ...(stands && !busy && file !== undefined
      ? [['or take down what stands', takeDown(name, own)] as const]
      : []),
  ];
}

/** Of a run that was stopped. */
export function afterStop(again: string, instead?: string): NextStep[] {
  return [['go on', again], ...(instead === undefined ? [] : [['or take it down', instead] as const])];
}

/** Of many environments. `words`: what made the fleet, `fleet provision FILE`. */
export function afterFleet(words: readonly string[], isDone: boolean, own: OwnCommand): NextStep[] {
  const [command = '', action, file = '', ...more] = words;
  if (!isDone)
    return [
      ['see what became of each, and why', own('status')],
      ['go on with what is not done', own(...words)],
    ];
  if (action === 'deprovision') return [];
  return [
    ['see them all', own('list')],
    ['take them down', own(command, 'deprovision', file, ...more)],
  ];
}

/** With an environment that is gone. `left`: something of it was to stay, such as its final snapshots. */
export function afterRemoval(left: boolean, own: OwnCommand): NextStep[] {
  return left ? [['see everything that is left on the account', own('inventory')]] : [];
}

export function takeDown(name: string, own: OwnCommand): string {
  return own('deprovision', name, '--confirm', name);
}

/** `isReal`: AWS's own tools reach what was made. */
export function printNextSteps(
  print: (line: string) => void,
  steps: readonly NextStep[],
  isReal = false,
): void {
  if (steps.length === 0) return;
  const isOurs = steps.every(([, command]) => command.startsWith('npm '));
  print(isReal || isOurs ? 'Next:' : 'Next (what begins with aws works on a real account only):');
  for (const [what, command] of steps) {
    print(`  # ${what}`);
    print(`  ${command}`);
  }
}
