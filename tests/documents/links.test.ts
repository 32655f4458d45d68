import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages, root } from './pages.ts';

const withoutCode = (text: string) => text.replace(/```.*?```/gs, '').replace(/`[^`\n]*`/g, '');

/** Targets inside the repository, without their anchors. */
const linksOf = (path: string, text: string) =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file, anchor] = target.split('#') as [string, string?];
      return { target, file: file ? normalize(join(dirname(path), file)) : path, anchor };
    });

/** As GitHub makes them from headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(pages)('$path', ({ path, text }) => {
  it('links to nothing that is not there', () => {
    for (const { target, file, anchor } of linksOf(path, text)) {
      expect(existsSync(join(root, file)), target).toBe(true);
      if (!anchor) continue;
      const page = pages.find((one) => one.path === file);
      expect(anchorsOf(page?.text ?? ''), target).toContain(anchor);
    }
  });
});

it('docs/README.md leads to every page of docs', () => {
  const map = pages.find(({ path }) => path === 'docs/README.md');
  const led = linksOf('docs/README.md', map?.text ?? '').map(({ file }) => file);
  const there = pages.map(({ path }) => path).filter((path) => dirname(path) === 'docs');
  expect(led).toEqual(expect.arrayContaining(there.filter((path) => path !== 'docs/README.md')));
});
