import { expect, it } from 'vitest';
import { parseSecrets } from '#lib/webhook/secrets.ts';
import { homeRegion } from '#local/account.ts';
import type { TestAws } from '../../support/embedded.ts';
import { ask, frontDoor, otherSecret, secret, thirdSecret } from './front-door.ts';

const statusWith = async (key: string) => (await ask('GET /environments', { secret: key })).status;
const reads = ({ aws }: TestAws) => aws.requests['secretsmanager:GetSecretValue'] ?? 0;

/** An operator changes the secret. */
function rotate({ aws }: TestAws, value: string): void {
  aws.inspect(homeRegion, (call) => {
    const { secrets } = call.state<{ secrets: Record<string, { value: string }> }>('secretsmanager', () => {
      throw new Error('there is no secret');
    });
    for (const one of Object.values(secrets)) one.value = value;
  });
}

it('takes either of two secrets, and no third', async () => {
  frontDoor(JSON.stringify({ secrets: [secret, otherSecret] }));
  expect(await statusWith(secret)).toBe(200);
  expect(await statusWith(otherSecret)).toBe(200);
  expect(await statusWith(thirdSecret)).toBe(401);
});

it('takes a secret added a minute ago at its first use, and refuses one withdrawn within five minutes', async () => {
  const test = frontDoor(secret);
  expect(await statusWith(secret)).toBe(200);
  rotate(test, JSON.stringify({ secrets: [secret, otherSecret] }));
  test.advance(60);
  expect(await statusWith(otherSecret)).toBe(200);
  rotate(test, otherSecret);
  test.advance(301);
  expect(await statusWith(otherSecret)).toBe(200);
  expect(await statusWith(secret)).toBe(401);
});

it('reads the secret once for many messages, and at most every half minute for forged ones', async () => {
  const test = frontDoor();
  for (let message = 0; message < 10; message += 1) await statusWith(secret);
  expect(reads(test)).toBe(1);
  for (let second = 0; second < 60; second += 1) {
    await statusWith(otherSecret);
    test.advance(1);
  }
  expect(reads(test)).toBe(2);
});

it('reads a plain secret, and a document of several', () => {
  expect(parseSecrets(`${secret}\n`)).toEqual([secret]);
  expect(parseSecrets(` {"secrets":["${secret}","${otherSecret}"],"note":"rotated in May"}`)).toEqual([
    secret,
    otherSecret,
  ]);
});

it.each([
  '',
  'hunter2-hunter2-hunter2-hunter2',
  'whsec_c2hvcnQ=',
  `whsec_${'A'.repeat(100)}`,
  '{"secrets":[]}',
  '{"secrets":["whsec_c2hvcnQ="]}',
  `{"secret":"${secret}"}`,
  '{"secrets":["hunter2"',
])('refuses %j without repeating it', (value) => {
  expect(() => parseSecrets(value)).toThrow(/must be whsec_/);
  expect(() => parseSecrets(value)).not.toThrow(/hunter2|c2hvcnQ/);
});
