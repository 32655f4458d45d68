import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFleet } from '#lib/fleet/request.ts';

const region = 'eu-central-1';
const fleet = (changes: object = {}) => ({
  fleet: 'customers',
  defaults: { region },
  environments: [{ environment: 'one' }, { environment: 'two' }],
  ...changes,
});

/** The lines of the refusal, without the dash. */
function problemsOf(input: unknown, listed?: unknown): string[] {
  try {
    parseFleet(input, listed);
  } catch (error) {
    const lines = (error as Error & { what: string }).what.split('\n');
    expect(lines.at(-1)).toBe('Nothing was started');
    return lines.slice(1, -1).map((line) => line.slice(2));
  }
  return [];
}

describe('a fleet', () => {
  it('is examples/fleet.json', () => {
    const file = new URL('../../../examples/fleet.json', import.meta.url);
    expect(parseFleet(JSON.parse(readFileSync(file, 'utf8'))).members).toHaveLength(4);
  });

  it('begins with one, then five, and stops at the first that fails, unless it says otherwise', () => {
    expect(parseFleet(fleet())).toMatchObject({
      action: 'provision',
      waves: [1, 5],
      maxConcurrency: 40,
      stopAfter: { failed: 1 },
    });
  });

  it('gives every environment the defaults, and lets each replace a member as a whole', () => {
    const { members } = parseFleet(
      fleet({
        defaults: { region, eks: { publicAccess: true, publicAccessCidrs: ['8.8.8.0/24'] } },
        environments: [{ environment: 'one' }, { environment: 'two', eks: { nodes: { minSize: 4 } } }],
      }),
    );
    expect(members.map(({ request }) => request?.eks.publicAccess)).toEqual([true, false]);
    expect(members[1]?.given).toEqual({ environment: 'two', eks: { nodes: { minSize: 4 } } });
  });

  it('takes environments down that repeat their names', () => {
    const down = fleet({ action: 'deprovision', environments: [{ environment: 'one', confirm: 'one' }] });
    expect(parseFleet(down).members[0]?.removal).toMatchObject({ environment: 'one', finalSnapshots: true });
    const unsure = fleet({ action: 'deprovision', environments: [{ environment: 'one', confirm: 'two' }] });
    for (const field of ['createdBy', 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID'])
      expect(problemsOf({ ...down, defaults: { [field]: 'some-run' } })).toEqual([
        `environments[0] (one): ${field}: is for rollbacks, not for a fleet`,
      ]);
    expect(problemsOf(unsure)[0]).toMatch(/^environments\[0\] \(one\): confirm "two": is not the name/);
  });

  it('reads its environments from the object that list names', () => {
    const listing = fleet({ environments: undefined, list: 'a.json' });
    expect(parseFleet(listing, [{ environment: 'one' }]).members).toHaveLength(1);
    for (const content of [undefined, {}, [], ['one']])
      expect(problemsOf(listing, content)).toEqual([
        'list "a.json": must hold a JSON array of 1 to 250 objects',
      ]);
  });

  it.each<[string, object, string | RegExp]>([
    [
      'without environments',
      { environments: undefined },
      'environments: is required, or list in its place; not both',
    ],
    ['with both', { list: 'a.json' }, 'environments: is required, or list in its place; not both'],
    ['with none', { environments: [] }, /must list at least one environment/],
    [
      'with one twice',
      { environments: [{ environment: 'one' }, { environment: 'one' }] },
      'environments: "one" stands in the list more than once',
    ],
    ['with a wave of nobody', { waves: [0] }, 'waves[0] 0: must be a whole number from 1 to 250'],
    [
      'that never says when to stop',
      { stopAfter: {} },
      /stopAfter.*must say failed, failedPercentage, or both/,
    ],
    ['with a name of capitals', { fleet: 'Customers' }, /^fleet "Customers": must hold a-z/],
    ['with a field nobody knows', { wave: 1 }, /^wave: there is no such field/],
    [
      'of which an environment is not sound',
      { environments: [{ environment: 'one' }, { environment: 'two', size: 'huge' }] },
      'environments[1] (two): size "huge": must be one of small, medium, large',
    ],
  ])('%s is refused', (_what, changes, problem) => {
    const found = problemsOf(fleet(changes));
    expect(found).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });
});
