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

test.each(['', 'DEV', 'dev ', 'prod'])(
  'nothing is removed without the environment’s name again as consent: %j is none',
  (confirm) => {
    expect(() => parseRemoval({ environment: 'dev', confirm })).toThrow(
      `confirm ${JSON.stringify(confirm)}: is not the name of the environment (W9). Nothing was deleted. What to do: repeat the environment's name, "dev", to consent to its removal.`,
    );
  },
);

test('every field that is wrong is named, each with its rule', () => {
  const wrong = { environment: 'Dev', confirm: 'Dev', region: 'home', finalSnapshots: 'no' };
  expect(() => parseRemoval(wrong)).toThrow(
    /^the removal is refused: environment: [^;]+; region: [^;]+; finalSnapshots: [^;]+\. Nothing was deleted\. What to do: correct the request, then run again\.$/,
  );
  expect(() => parseRemoval('dev')).toThrow(/refused: request: /);
});

test('a role is taken, and what cannot be assumed again is none', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/deployer';
  expect(parseRemoval(removal({ roleArn }))).toMatchObject({ roleArn });
  const session = 'arn:aws:sts::111122223333:assumed-role/deployer/session';
  expect(() => parseRemoval(removal({ roleArn: session }))).toThrow(
    /roleArn: .*which cannot be assumed again by its name/,
  );
});
