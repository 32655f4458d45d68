import { beforeEach, describe, expect, it } from 'vitest';
import { FleetBoard } from '#local/fleet-board.ts';

const plan = {
  waves: [[{ environment: 'one' }], [{ environment: 'two' }, { environment: 'three' }]],
  predictedEnd: new Date(1_800_000).toISOString(),
};
const started = (environment: string, parent?: string) =>
  ({
    type: 'started',
    machine: parent ? 'deprovision' : 'provision',
    execution: parent ? `${environment}-rollback` : `${environment}-run`,
    input: { environment },
    ...(parent ? { parent } : {}),
  }) as const;
const answered = (environment: string, detail: string) =>
  ({
    type: 'answered',
    machine: 'provision',
    execution: `${environment}-run`,
    state: 'Aurora',
    functionKey: 'AuroraEnsure',
    answer: { step: 'aurora', status: 'pending', detail },
  }) as const;

let board: FleetBoard;
beforeEach(() => {
  board = new FleetBoard('Fleet customers');
  board.takeFleet({ type: 'accepted', plan }, 0);
});

it('begins with how many there are, in what waves, and when all will be done', () => {
  const line = new FleetBoard('').takeFleet({ type: 'accepted', plan }, 0);
  expect(line).toBe('[0:00] 3 environments accepted: 1, then 2; done in about 30:00');
});

describe('where a terminal cannot be redrawn', () => {
  it('tells a line only where an environment is somewhere else', () => {
    expect(board.take(started('one'), 1000)).toBe('[0:01] ◐ one under way');
    expect(board.take(answered('one', 'the cluster is creating'), 2000)).toBeUndefined();
    expect(board.take(started('one', 'one-run'), 60_000)).toBe('[1:00] ◑ one taking back');
    const result = { status: 'FAILED', error: 'E', cause: 'aurora: no.\nmore' } as const;
    board.take({ type: 'ended', machine: 'provision', execution: 'one-run', result }, 90_000);
    const end = { type: 'ended', environment: 'one', status: 'FAILED' } as const;
    expect(board.takeFleet(end, 90_000)).toBe('[1:30] ✖ one failed: aurora: no.');
    expect(board.takeFleet({ type: 'ended', environment: 'two', status: 'SUCCEEDED' }, 91_000)).toBe(
      '[1:31] ✔ two done',
    );
  });
});

describe('on a terminal', () => {
  it('has a line an environment, with what it waits for, and counts where they are', () => {
    board.take(started('one'), 0);
    board.take(answered('one', 'the cluster is creating'), 1000);
    const lines = board.render(61_000, { columns: 80, rows: 24 }).split('\n');
    expect(lines[0]).toBe('Fleet customers   1:01   about 28:59 left');
    expect(lines[1]).toBe('1 under way, 2 waiting');
    expect(lines).toHaveLength(6);
    expect(lines[3]).toContain('1:01  Aurora: the cluster is creating');
  });

  it('is never wider nor higher than the screen, and leaves out what is least news', () => {
    board.take(started('two'), 0);
    board.take(answered('two', 'x'.repeat(200)), 0);
    const lines = board.render(1000, { columns: 30, rows: 5 }).split('\n');
    expect(lines.length).toBeLessThan(5);
    expect(lines.at(-1)).toContain('two');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
  });
});
