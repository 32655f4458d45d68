import { describe, expect, it, test } from 'vitest';
import { changedInPlace, keptOfRollback } from '#lib/run/changed-in-place.ts';
import type { StepProgress } from '#lib/run/registry.ts';

const at = (status: StepProgress['status'], execution = 'run', detail = ''): StepProgress => ({
  status,
  execution,
  detail,
  since: '',
  at: '',
});
const asked = [
  { step: 'aurora', field: 'aurora.instances', words: 'aurora.instances: 1 → 2' },
  { step: 'efs', field: 'efs.backup', words: 'efs.backup: true → false' },
  { step: 'documentdb', field: 'documentdb.instances', words: 'documentdb.instances: 1 → 2' },
];

describe('what a failed run changed', () => {
  it('is told by how far each step had come', () => {
    const steps = { aurora: at('ready'), efs: at('pending'), documentdb: at('ready', 'an earlier run') };
    expect(changedInPlace({ steps }, 'run', asked)).toBe(
      'Changed in place, and left so: aurora.instances: 1 → 2. May have been changed in place, and then are left so: efs.backup: true → false. What to do: provision the former request to bring it back, or this one again to go on.',
    );
  });

  it('says of what has no way back that it has none', () => {
    const steps = { 'eks-cluster': at('ready') };
    const version = { step: 'eks-cluster', field: 'eks.version', words: 'eks.version: 1.34 → 1.35' };
    expect(changedInPlace({ steps }, 'run', [{ ...version, forGood: true }])).toMatch(
      /What to do: provision this one again to go on; AWS takes eks\.version no way back\.$/,
    );
  });

  it('is nothing where no step of it had begun', () => {
    expect(changedInPlace({ steps: { efs: at('ready', 'an earlier run') } }, 'run', asked)).toBeUndefined();
    expect(changedInPlace({}, 'run', asked)).toBeUndefined();
  });
});

test('what a rollback had to leave is what its steps say so of', () => {
  const detail = 'Aurora instance two stays although this run made it: it is the writer.';
  expect(
    keptOfRollback({ takingBack: { aurora: at('gone', 'run', detail), efs: at('gone', 'run', 'no EFS') } }),
  ).toEqual([detail]);
  expect(keptOfRollback({})).toEqual([]);
});
