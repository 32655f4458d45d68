/** docs/troubleshooting.md, made from the errors themselves: `npm run schema`. */
import type { ErrorRow } from '#lib/aws/error-row.ts';
import { errorTable } from '#lib/aws/error-table.ts';
import { adviceByClass } from '#lib/aws/errors.ts';
import type * as failures from '#lib/run/failures.ts';

type Failures = typeof failures;
/** The names of every failure there is. */
type FailureName = {
  [Key in keyof Failures]: Failures[Key] extends new (...args: never[]) => failures.Failure ? Key : never;
}[keyof Failures];

interface Meaning {
  readonly means: string;
  /** What stands on AWS after it. */
  readonly after: string;
  readonly todo: string;
}

const takenBack =
  'What this run made was taken back; what was there before stands (`onFailure: keep`: all of it stands)';

/** Complete by the type checker. */
const meanings: Readonly<Record<FailureName, Meaning>> = {
  InvalidRequestError: {
    means: 'The request breaks the schema or a rule. Every problem is listed: field, value, rule',
    after: 'Nothing was made or changed',
    todo: 'correct the fields it names ([request.md](request.md)); `npm start -- plan FILE` asks the same in a second',
  },
  PreflightFailedError: {
    means:
      'The request is sound, but this account or region cannot carry it out now, or the change is refused: quotas, names, blocks, versions, offers. Every problem is listed',
    after: 'Nothing was made or changed',
    todo: 'do what each line says, then run again; quotas: [quotas.md](quotas.md), changes: [changing.md](changing.md)',
  },
  EnvironmentBusyError: {
    means: 'Another run works on this environment; its name is in the message',
    after: 'This run did nothing',
    todo: 'wait for that run, or stop it (its lock is freed then, [operate.md](operate.md))',
  },
  NotOurResourceError: {
    means: 'A name this environment needs belongs to something that does not carry its ownership tags',
    after: takenBack,
    todo: 'rename or delete that resource, or choose another environment name: nothing of others is taken over',
  },
  ResourceFailedError: {
    means: 'A resource reached a state it never leaves by itself; its own reason is in the message',
    after: takenBack,
    todo: 'do what the reason says, then run again',
  },
  StepTimedOutError: {
    means:
      'A step was not ready within its time, or AWS took no call of a kind for half an hour; what it was waiting for is in the message',
    after: takenBack,
    todo: 'look at what it names in the AWS console and at the AWS Health Dashboard, then run again',
  },
  AwsRefusedError: {
    means: 'AWS refused a call for good: step, operation, code, sentence and request id are in the message',
    after: takenBack,
    todo: 'what the message says; by code below',
  },
  RemovalBlockedError: {
    means: 'Something stands in the way of a removal; each is listed with its owner',
    after: 'Where it ends with "Nothing was deleted", all of it stands; a rollback says what it had to leave',
    todo: 'do what each line says, then deprovision again ([removal.md](removal.md))',
  },
  VerificationFailedError: {
    means: 'What was built does not hold a rule; the rules are listed with what was found',
    after: takenBack,
    todo: 'look for what or who changes it meanwhile (a controller, a security tool), then run again ([verification.md](verification.md))',
  },
  TransientError: {
    means: 'AWS or the network did not answer, for longer than the retries last',
    after: takenBack,
    todo: 'see the AWS Health Dashboard, then run again',
  },
};

/** What is no failure of ours: Step Functions', Lambda's, this machine's. */
const others: readonly (readonly [name: string, means: string, todo: string])[] = [
  [
    '`States.Timeout`',
    'The run reached the limit of its machine, or a Task its own',
    'its lock is freed within minutes; then run again. Twice in the same state: the log of that function',
  ],
  [
    '`States.TaskFailed` of *Roll back*',
    'The rollback itself failed; the first cause stands before it',
    'deprovision the environment: it goes on from there',
  ],
  [
    '`States.DataLimitExceeded`',
    'A state was to carry more than 256 KiB',
    'report it with the request: every list has a bound below that',
  ],
  [
    '`Lambda.*`, `Sandbox.Timedout`',
    'Lambda lost an invocation, for longer than the retries last',
    'see the AWS Health Dashboard, then run again',
  ],
  [
    '`FolderInUseError`',
    'On a laptop: another command works on the state folder',
    'wait for it, stop it, or name another folder with `--state`',
  ],
  [
    '`StateFolderError`',
    'On a laptop: the state folder is full, read-only, damaged, or no folder',
    'what it says; a damaged one goes back with `npm start -- reset --to-last-good`',
  ],
  [
    '`RequestFileError`',
    'The file is not there, not text, not JSON, or no object',
    'give the request as JSON',
  ],
];

const classes = {
  access: 'A permission, or credentials',
  blocked: 'Something in the way',
  quota: 'A quota',
  capacity: 'No hardware',
  configuration: 'It cannot be so',
} as const satisfies Partial<Record<ErrorRow['means'], string>>;

const introduction = `# Troubleshooting, by the error's name

A failed run says, in this order: the step, the AWS operation, AWS's code, what happened, and after "What to do:" what to do. The
same is in the execution's *Error* and *Cause*, in \`npm start -- status NAME\`, in \`GET /environments/{name}\` and in the event
\`Environment Failed\`. With the request id AWS Support finds the call. This page is made from the code (\`npm run schema\`); a test
holds it complete.

## The run's error
`;

export function troubleshootingDocument(): string {
  const named = Object.entries(meanings).map(
    ([name, { means, after, todo }]) => `| \`${name}\` | ${means} | ${after} | ${todo} |`,
  );
  return [
    introduction,
    '| error | means | what stands after it | do |',
    '| --- | --- | --- | --- |',
    ...named,
    '',
    '| error | means | do |',
    '| --- | --- | --- |',
    ...others.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    "## AWS's code",
    '',
    'Codes without their `Exception`, `Error` or `Fault`. What passes by itself is not here: it is waited for, and',
    "[reliability.md](reliability.md) says how long. A code that is in neither list fails with AWS's own sentence.",
    ...Object.entries(classes).flatMap(([means, title]) => classTable(means as keyof typeof classes, title)),
    '',
  ].join('\n');
}

function classTable(means: keyof typeof classes, title: string): string[] {
  const rows = errorTable.filter((row) => row.means === means);
  return [
    '',
    `### ${title}`,
    '',
    `Unless the row says better: ${adviceByClass[means]}.`,
    '',
    '| code | when | do | source |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${codesOf(row)} | ${row.when} | ${row.advice ?? ''} | ${row.source} |`),
  ];
}

function codesOf({ codes, on, text, intent }: ErrorRow): string {
  const what = codes ? codes.map((code) => `\`${code}\``).join(', ') : 'any code';
  const where = on ? ` of ${on.map((operation) => `\`${operation}\``).join(', ')}` : '';
  return `${what}${where}${intent ? ` to a ${intent}` : ''}${text ? ', by its sentence' : ''}`;
}
