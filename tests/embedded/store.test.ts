import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileStore } from '#embedded/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const count = (store: FileStore) =>
  store.transaction((state) => {
    state.nextId += 1;
    return { result: state.nextId, changed: true };
  });

it('keeps what was changed for the next process', () => {
  const first = new FileStore(folder, 1, 0);
  count(first);
  count(first);
  first.close();
  const second = new FileStore(folder, 99, 5);
  expect(count(second)).toBe(3);
  second.close();
});

it('sees what another process changed, and loses no change of two at once', async () => {
  const store = new FileStore(folder, 1, 0);
  const workers = [1, 2].map(
    () =>
      new Promise<void>((resolve) => {
        const script = new URL('./count-in-store.ts', import.meta.url);
        fork(script, [folder, '50'], { execArgv: ['--disable-warning=ExperimentalWarning'] }).on('exit', () =>
          resolve(),
        );
      }),
  );
  for (let i = 0; i < 50; i += 1) count(store);
  await Promise.all(workers);
  expect(count(store)).toBe(151);
  store.close();
});

it('forgets a change whose work threw', () => {
  const store = new FileStore(folder, 1, 0);
  count(store);
  expect(() =>
    store.transaction((state) => {
      state.nextId = 1000;
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(count(store)).toBe(2);
  store.close();
});
