import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunEvent } from '#console/api.ts';
import { type Account, openFolder } from '#local/account.ts';
import { FolderDesk } from '#local/console/folder-desk.ts';
import { Records } from '#local/console/records.ts';
import { takeFolder } from '#local/run-lock.ts';

let folder: string;
let records: Records;
let account: Account;
let desk: FolderDesk | undefined;
let heard: RunEvent[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  folder = mkdtempSync(join(tmpdir(), 'folder-'));
  records = new Records(folder);
  account = openFolder(folder, 1);
  heard = [];
});
afterEach(() => {
  desk?.close();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function open(): FolderDesk {
  desk = new FolderDesk(account, folder);
  desk.hub.listen(0, (event) => heard.push(event));
  return desk;
}

/** Another process works on a run, which may be the rollback of another. */
function keeps(execution: string, type: 'run-started' | 'entered' | 'run-ended', parent?: string): void {
  const common = { sequence: 1, execution, at: 1 };
  const run = {
    execution,
    machine: 'provision',
    environment: 'dev',
    startedAt: 1,
    status: 'RUNNING',
  } as const;
  const events = {
    'run-started': { ...common, type, run: { ...run, ...(parent ? { parent } : {}) } },
    entered: { ...common, type, state: 'Aurora', stateType: 'Task' },
    'run-ended': { ...common, type, status: 'SUCCEEDED' },
  } as const;
  records.keep(events[type] as RunEvent);
  records.flush();
}
const told = () => heard.map(({ execution, type }) => `${execution} ${type}`);

it('tells of a run that is asked for, with its rollback, once; and of no other one', async () => {
  for (const execution of ['one', 'other']) keeps(execution, 'run-started');
  keeps('one', 'run-ended');
  keeps('back', 'run-started', 'one');
  keeps('back', 'run-ended');
  await open().run('one');
  expect(told()).toEqual(['one run-started', 'one run-ended', 'back run-started', 'back run-ended']);
  await desk?.run('one');
  vi.advanceTimersByTime(5000);
  expect(heard).toHaveLength(4);
  expect(heard.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  expect(await desk?.run('nobody')).toEqual([]);
});

it('goes on telling while another process works, and of the runs that this one begins', async () => {
  keeps('one', 'run-started');
  await open().run('latest');
  keeps('one', 'entered');
  expect(told()).toEqual(['one run-started']);
  vi.advanceTimersByTime(1000);
  expect(told()).toEqual(['one run-started', 'one entered']);
  keeps('two', 'run-started');
  vi.advanceTimersByTime(1000);
  expect(told().at(-1)).toBe('two run-started');
});

it('says of a run whose process died that it was stopped, and not while that process works', async () => {
  const execution = account.book.started('provision', 'one', { environment: 'dev' });
  expect(execution).toContain(':one');
  keeps('one', 'run-started');
  const working = takeFolder(folder);
  await open().run('one');
  vi.advanceTimersByTime(3000);
  expect(told()).toEqual(['one run-started']);
  working.release();
  vi.advanceTimersByTime(1000);
  expect(heard.at(-1)).toMatchObject({ type: 'run-ended', status: 'ABORTED' });
  vi.advanceTimersByTime(3000);
  expect(heard).toHaveLength(2);
});
