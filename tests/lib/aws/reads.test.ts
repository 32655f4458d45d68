import { expect, it } from 'vitest';
import { allPages, together, tokenPages } from '#lib/aws/reads.ts';

it('reads every page by its token, and one without items as empty', async () => {
  const asked: (string | undefined)[] = [];
  const pages: Record<string, { items?: number[]; NextToken?: string }> = {
    first: { items: [1, 2], NextToken: 'a' },
    a: { NextToken: 'b' },
    b: { items: [3] },
  };
  const read = async (token: string | undefined) => {
    asked.push(token);
    return pages[token ?? 'first'] as (typeof pages)[string];
  };
  expect(await allPages(tokenPages(read), (page) => page.items)).toEqual([1, 2, 3]);
  expect(asked).toEqual([undefined, 'a', 'b']);
});

it('waits for every read before the first error is thrown', async () => {
  let finished = false;
  const slow = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => {
    finished = true;
  });
  await expect(together([Promise.reject(new Error('refused')), slow])).rejects.toThrow('refused');
  expect(finished).toBe(true);
});
