import { expect, test } from 'vitest';
import { parseRemoval } from '#lib/request/removal.ts';
import { InvalidRequestError } from '#lib/run/failures.ts';

const removal = (changes: object) => ({ environment: 'dev', confirm: 'dev', ...changes });

test.each(['*', 'd?v', 'dev*', 'Dev', 'dev-', 'dev--2', '', 'a'.repeat(21)])(
  'the environment of a removal is a name that a request could have given, not %j',
  (environment) => {
    expect(() => parseRemoval({ environment, confirm: environment })).toThrow(InvalidRequestError);
  },
);

test.each(['*', 'run-?', '', 'run 1', 'run\\1', 'a'.repeat(81)])(
  'what a removal is narrowed to is the name of an execution, not %j',
  (createdBy) => {
    expect(() => parseRemoval(removal({ createdBy }))).toThrow(/createdBy: must be the name of an execution/);
  },
);

test('an ordinary removal and a rollback are accepted', () => {
  expect(parseRemoval(removal({}))).toMatchObject({ environment: 'dev', finalSnapshots: true });
  const createdBy = 'webhook-0a1b.2_c-rollback';
  expect(parseRemoval(removal({ createdBy, finalSnapshots: false }))).toMatchObject({ createdBy });
});

test.each(['', 'eu-central-1/x', 'evil', 'aws-global', 'home'])(
  'the region of a removal is one that AWS could have, not %j',
  (region) => {
    expect(() => parseRemoval(removal({ region }))).toThrow(/region: must be an AWS region/);
  },
);
