import { describe, expect, it } from 'vitest';
import { canonicalBlock, containsBlock } from '#lib/verify/blocks.ts';

describe('blocks', () => {
  it.each([
    ['10.231.0.0/16', '10.231.255.0/24', true],
    ['10.231.0.0/16', '10.231.0.0/16', true],
    ['10.231.0.0/17', '10.231.0.0/16', false],
    ['10.231.0.0/16', '10.232.0.0/24', false],
    ['::/0', '10.231.0.0/16', false],
    ['2001:db8::/32', '2001:db8:1::/48', true],
  ])('%s contains %s: %s', (outer, inner, expected) => {
    expect(containsBlock(outer, inner)).toBe(expected);
  });

  it('have one spelling, the one EC2 keeps', () => {
    expect(canonicalBlock('100.68.0.18/18')).toBe('100.68.0.0/18');
    expect(canonicalBlock('2001:DB8:0:0::1/32')).toBe('2001:db8::/32');
  });
});
