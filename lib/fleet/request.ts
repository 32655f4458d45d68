/**
 * Many environments in one request: which, in what waves, and when to stop. What they share stands once, in `defaults`;
 * a member that an environment names itself takes the place of the default's, whole.
 */
import * as z from 'zod';
import { matching, text, wholeNumber } from '#lib/request/fields.ts';
import { problemsOf } from '#lib/request/problems.ts';
import { parseRemoval, type RemovalRequest } from '#lib/request/removal.ts';
import { type EnvironmentRequest, requestSchema } from '#lib/request/request.ts';
import { withRule } from '#lib/request/rules.ts';
import { listed } from '#lib/run/failure-words.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';
import { fleetNamePattern, isFleetName, maxFleetNameLength } from './names.ts';

/** What a state, and an event, can hold beside the rest. */
const mostEnvironments = 250;

const member = z.record(z.string(), z.unknown());

const stopAfter = withRule(
  z.strictObject({
    failed: wholeNumber(1, mostEnvironments, 'So many environments have failed.').optional(),
    failedPercentage: wholeNumber(1, 100, 'So many of a hundred environments have failed.').optional(),
  }),
  ({ failed, failedPercentage }, report) => {
    if (failed === undefined && failedPercentage === undefined)
      report([], undefined, 'must say failed, failedPercentage, or both: the first that is reached counts');
  },
);

export const fleetSchema = withRule(
  z.strictObject({
    fleet: text(
      (name) =>
        isFleetName(name)
          ? undefined
          : `must hold a-z, 0-9 and single - only, begin with a letter, and have at most ${maxFleetNameLength} characters`,
      {
        description: 'What this fleet is called: stands in front of the name of its execution.',
        pattern: fleetNamePattern.source,
        maxLength: maxFleetNameLength,
      },
    ),
    action: z
      .enum(['provision', 'deprovision'])
      .default('provision')
      .meta({ description: 'Which machine each environment is given to.' }),
    defaults: member
      .default({})
      .meta({ description: 'What every environment has that does not say otherwise.' }),
    environments: z
      .array(member)
      .min(1, 'must list at least one environment')
      .max(mostEnvironments, `must list at most ${mostEnvironments} environments`)
      .optional()
      .meta({ description: 'One request (or removal) each. Instead: list.' }),
    list: matching(/^[^\s]{1,1024}$/, 'must be the key of an object', {
      description:
        "The key of an object in the stack's bucket of lists: a JSON array of what environments would hold.",
    }).optional(),
    waves: z
      .array(wholeNumber(1, mostEnvironments, 'Environments of a wave.'))
      .max(10, 'must list at most 10 waves')
      .default([1, 5])
      .meta({
        description: 'Sizes of the first waves, one after the other; all the rest is the last one.',
      }),
    maxConcurrency: wholeNumber(
      1,
      mostEnvironments,
      'Environments under way at the same time, at most.',
    ).default(40),
    stopAfter: stopAfter.prefault({ failed: 1 }).meta({
      description: 'When no further environment is started. Those under way are brought to their end.',
    }),
  }),
  ({ environments, list }, report) => {
    if ((environments === undefined) === (list === undefined))
      report(['environments'], undefined, 'is required, or list in its place; not both');
  },
);

type FleetDocument = z.output<typeof fleetSchema>;

/** An environment of the list, read by the schema of its machine. */
export interface FleetMember {
  readonly name: string;
  /** As it stands in the list, without the defaults. */
  readonly given: object;
  readonly request?: EnvironmentRequest;
  readonly removal?: RemovalRequest;
}

export interface Fleet extends Omit<FleetDocument, 'environments' | 'list'> {
  readonly members: readonly FleetMember[];
}

/** `listedThere`: what the object held that `list` names. Throws InvalidRequestError with every problem. */
export function parseFleet(input: unknown, listedThere?: unknown): Fleet {
  const read = readFleet(input, listedThere);
  if (Array.isArray(read)) throw refused(read);
  return read;
}

/** What is wrong with it, as far as that can be told without the object that `list` names. */
export function fleetProblems(input: unknown): string[] {
  const listing = typeof input === 'object' && input !== null && 'list' in input;
  const read = listing ? checked(input) : readFleet(input, undefined);
  return Array.isArray(read) ? read : [];
}

function checked(input: unknown): FleetDocument | string[] {
  const parsed = fleetSchema.safeParse(input, { reportInput: true });
  return parsed.success ? parsed.data : problemsOf(parsed.error.issues, fleetSchema);
}

function readFleet(input: unknown, listedThere: unknown): Fleet | string[] {
  const document = checked(input);
  if (Array.isArray(document)) return document;
  const { environments, list, ...settings } = document;
  const given = environments ?? membersOf(listedThere);
  if (!given)
    return [`list ${JSON.stringify(list)}: must hold a JSON array of 1 to ${mostEnvironments} objects`];
  const wholes = given.map((one) => ({ ...settings.defaults, ...one }));
  const problems = twice(wholes.map(({ environment }) => String(environment)));
  const members = wholes.flatMap((whole, index) => {
    const where = `environments[${index}] (${String(whole.environment)})`;
    const read = settings.action === 'provision' ? readRequest(whole) : readRemoval(whole);
    if (!Array.isArray(read)) return [{ given: given[index] as object, ...read }];
    problems.push(...read.map((problem) => `${where}: ${problem}`));
    return [];
  });
  return problems.length > 0 ? problems : { ...settings, members };
}

function membersOf(content: unknown): Record<string, unknown>[] | undefined {
  return z.array(member).min(1).max(mostEnvironments).safeParse(content).data;
}

type Whole = Readonly<Record<string, unknown>>;

/** What a rollback says, and nobody who asks: with these a removal is narrowed, or works under the lock of another run. */
const ofRollbacks = ['createdBy', 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID'] as const;

/** Or what is wrong with it. */
function readRequest(whole: Whole): { name: string; request: EnvironmentRequest } | string[] {
  const parsed = requestSchema.safeParse(whole, { reportInput: true });
  if (!parsed.success) return problemsOf(parsed.error.issues, requestSchema);
  return { name: parsed.data.environment, request: parsed.data };
}

function readRemoval(whole: Whole): { name: string; removal: RemovalRequest } | string[] {
  const theirs = ofRollbacks.filter((field) => whole[field] !== undefined);
  if (theirs.length > 0) return theirs.map((field) => `${field}: is for rollbacks, not for a fleet`);
  try {
    const removal = parseRemoval(whole);
    return { name: removal.environment, removal };
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    return [error.what];
  }
}

function twice(names: readonly string[]): string[] {
  const again = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(again)].map(
    (name) => `environments: ${JSON.stringify(name)} stands in the list more than once`,
  );
}

/** More than a screen of it helps nobody, and Lambda's answers are bounded. */
const mostProblems = 100;

function refused(problems: readonly string[]): InvalidRequestError {
  const shown = problems.slice(0, mostProblems);
  const more = problems.length - shown.length;
  const lines = more > 0 ? [...shown, `and ${more} more problems`] : shown;
  const heading = `The fleet has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`;
  return new InvalidRequestError(listed(heading, lines, 'Nothing was started'), 'correct it, then run again');
}
