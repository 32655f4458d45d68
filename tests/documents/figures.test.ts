import { expect, it } from 'vitest';
import { withFigures } from '../../bench/figures.ts';
import { pages } from './pages.ts';

it('README has the figures that are counted now: npm run bench -- readme writes them', async () => {
  const readme = pages.find(({ path }) => path === 'README.md')?.text ?? '';
  const [, table] = /^(\| run of `examples\/dev\.json`.*\n(?:\|.*\n)+)/m.exec(readme) ?? [];
  expect(await withFigures(readme)).toContain(table);
});
