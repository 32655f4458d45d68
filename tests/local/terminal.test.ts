import { afterEach, expect, it, vi } from 'vitest';
import { canRedraw, columnsOf } from '#local/terminal.ts';

afterEach(() => vi.unstubAllEnvs());

it('draws over what is there only on a terminal that can, and says how large it is', () => {
  vi.stubEnv('TERM', 'xterm');
  expect(canRedraw({ isTTY: true, columns: 80, rows: 24 })).toBe(true);
  expect(canRedraw({ isTTY: true, columns: 0, rows: 0 })).toBe(false);
  expect(canRedraw({ columns: 80, rows: 24 })).toBe(false);
  vi.stubEnv('TERM', 'dumb');
  expect(canRedraw({ isTTY: true, columns: 80, rows: 24 })).toBe(false);
});

it('takes a terminal without a size for one of eighty columns, and a file for as wide as it needs', () => {
  expect(columnsOf({ isTTY: true, columns: 120 })).toBe(120);
  expect(columnsOf({ isTTY: true, columns: 0 })).toBe(80);
  expect(columnsOf({ isTTY: true })).toBe(80);
  expect(columnsOf({ columns: 40 })).toBe(Number.POSITIVE_INFINITY);
});
