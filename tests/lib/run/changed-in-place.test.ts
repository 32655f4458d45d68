import { describe, expect, it, test } from 'vitest';
import { changedInPlace, keptOfRollback } from '#lib/run/changed-in-place.ts';
import type { StepProgress } from '#lib/run/registry.ts';
import { stages, stepNames } from '#lib/run/steps.ts';

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
    const steps = { aurora: at('ready'), efs: at('pending'), 'eks-nodes': at('ready', 'an earlier run') };
    const later = {
      step: 'eks-nodes',
      field: 'eks.nodes.minSize',
      words: 'eks.nodes.minSize: 3 → 4',
    } as const;
    expect(changedInPlace({ steps }, 'run', [...asked.slice(0, 2), later], 'efs')).toBe(
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
    const steps = { efs: at('ready', 'an earlier run') };
    expect(changedInPlace({ steps }, 'run', asked, 'vpc')).toBeUndefined();
    expect(changedInPlace({}, 'run', asked)).toBeUndefined();
  });

  describe('although nobody could write down how far a step had come', () => {
    const rules = {
      step: 'security-groups',
      field: 'loadBalancer',
      words: 'loadBalancer: 80 → 8443',
    } as const;
    const nodes = { step: 'eks-nodes', field: 'eks.nodes', words: 'eks.nodes: 3 → 4' } as const;
    const all = [rules, ...asked, nodes];
    const maybe = (...said: { words: string }[]) =>
      `May have been changed in place, and then are left so: ${said.map(({ words }) => words).join('; ')}. What`;

    it('is told of the step that failed, of those before it and of those beside it', () => {
      expect(changedInPlace({}, 'run', all, 'aurora')).toContain(maybe(rules, ...asked));
      expect(changedInPlace({}, 'run', all, 'security-groups')).toContain(maybe(rules));
      const steps = { 'eks-cluster': at('pending') };
      expect(changedInPlace({ steps }, 'run', all, 'eks-cluster')).toContain(maybe(rules));
    });

    it('is told of the next step of EKS where a database failed beside it', () => {
      const steps = { 'eks-connect': at('ready') };
      expect(changedInPlace({ steps }, 'run', [nodes], 'aurora')).toContain(maybe(nodes));
      expect(changedInPlace({ steps }, 'run', [nodes], 'eks-connect')).toBeUndefined();
    });

    it('is told of all of them where the run came through and failed afterwards', () => {
      expect(changedInPlace({}, 'run', all, 'verify')).toContain(maybe(...all));
    });

    it('is told of the next steps, too, where nobody saw it end', () => {
      const steps = { 'eks-cluster': at('pending') };
      expect(changedInPlace({ steps }, 'run', all)).toContain(maybe(rules, ...asked));
      expect(changedInPlace({}, 'run', [rules])).toBeUndefined();
    });
  });

  it('knows the stage of every step', () => {
    expect(stages.flat().toSorted()).toEqual(stepNames.toSorted());
  });
});

test('what a rollback had to leave is what its steps say so of', () => {
  const detail = 'Aurora instance two stays although this run made it: it is the writer.';
  expect(
    keptOfRollback({ takingBack: { aurora: at('gone', 'run', detail), efs: at('gone', 'run', 'no EFS') } }),
  ).toEqual([detail]);
  expect(keptOfRollback({})).toEqual([]);
});
