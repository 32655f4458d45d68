import { expect, test } from 'vitest';
import { ask } from '#lib/removal-preflight/context.ts';

test('a mistake of this program is no blocker: it is not what AWS said', async () => {
  const question = () => Promise.reject(new TypeError('of our own making'));
  await expect(ask(question)).rejects.toThrow('of our own making');
});
