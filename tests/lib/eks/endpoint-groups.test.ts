import { describe, expect, it } from 'vitest';
import { paceSeconds } from '#lib/eks/endpoint-groups.ts';

describe('the pace of endpoint changes', () => {
  it('waits for as many tokens as the next look can use', () => {
    expect([1, 2, 3, 12].map(paceSeconds)).toEqual([4, 7, 10, 14]);
  });
});
