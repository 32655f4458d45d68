import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  backToLastGood,
  folderError,
  forgetAccount,
  makeFolder,
  openStore,
  StateFolderError,
} from '#local/state-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Leaves an account that made `count` names, with its copy. */
function used(count: number): void {
  const store = openStore(folder, 1, 0);
  for (let i = 0; i < count; i += 1)
    store.transaction((state) => {
      state.nextId += 1;
      return { result: undefined, changed: true };
    });
  store.keepCopy();
  store.close();
}

const nextId = () => {
  const store = openStore(folder, 1, 0);
  const seen = store.transaction((state) => ({ result: state.nextId, changed: false }));
  store.close();
  return seen;
};

it('makes the folders that are missing', () => {
  makeFolder(join(folder, 'a/b'));
  expect(existsSync(join(folder, 'a/b'))).toBe(true);
});

it('refuses a file in the place of the folder, by name', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow(
    `state folder ${file} cannot be made: ${file} is not a folder. What to do:`,
  );
  expect(() => makeFolder(join(file, 'below'))).toThrow(StateFolderError);
});

it('gives up on a file system that takes no folders', () => {
  // Linux has one everywhere; elsewhere the name is as good as any that cannot be made.
  expect(() => makeFolder('/proc/aoscloud/state')).toThrow(
    'state folder /proc/aoscloud/state cannot be made',
  );
});

it('tells a damaged file by name, and goes back to the account as the last command left it', () => {
  used(3);
  const before = nextId();
  for (const file of ['aws.sqlite-wal', 'aws.sqlite-shm']) rmSync(join(folder, file), { force: true });
  writeFileSync(join(folder, 'aws.sqlite'), 'no database');
  expect(() => openStore(folder, 1, 0)).toThrow(
    new RegExp(`${folder}/aws.sqlite cannot be used: file is not a database .*--to-last-good`),
  );
  backToLastGood(folder);
  expect(nextId()).toBe(before);
});

it('takes a file that was emptied for damaged, and keeps the copy', () => {
  used(3);
  const before = nextId();
  for (const file of ['aws.sqlite-wal', 'aws.sqlite-shm']) rmSync(join(folder, file), { force: true });
  writeFileSync(join(folder, 'aws.sqlite'), '');
  expect(() => openStore(folder, 1, 0)).toThrow(/aws\.sqlite cannot be used: it is empty .*--to-last-good/);
  backToLastGood(folder);
  expect(nextId()).toBe(before);
  // Once more: going back uses no copy up.
  writeFileSync(join(folder, 'aws.sqlite'), '');
  backToLastGood(folder);
  expect(nextId()).toBe(before);
});

it('says what to do with a lock that is damaged: forgetting the account would need it', () => {
  const damaged = folderError(folder, join(folder, 'run.sqlite'), new Error('file is not a database'));
  expect(damaged.message).toContain(`What to do: delete ${folder}/run.sqlite: it holds nothing`);
});

it('tells what a file system does not let it forget', () => {
  used(1);
  rmSync(join(folder, 'aws.last-good.sqlite'));
  mkdirSync(join(folder, 'aws.last-good.sqlite'));
  expect(() => forgetAccount(folder)).toThrow(
    /^state folder \S+ cannot be changed: .*aws\.last-good\.sqlite.* What to do: let this user write/,
  );
});

it('keeps no copy of a state that cannot be read', () => {
  used(3);
  const good = readFileSync(join(folder, 'aws.last-good.sqlite'));
  const database = new DatabaseSync(join(folder, 'aws.sqlite'));
  database.exec(`UPDATE aws SET state = substr(state, 1, 5), version = version + 1`);
  database.close();
  const store = openStore(folder, 1, 0);
  store.keepCopy();
  expect(() => store.transaction(() => ({ result: 0, changed: false }))).toThrow('is damaged');
  store.close();
  expect(readFileSync(join(folder, 'aws.last-good.sqlite')).equals(good)).toBe(true);
});

it('says so when nothing that goes on would be kept', async () => {
  used(1);
  const store = openStore(folder, 1, 0);
  const database = new DatabaseSync(join(folder, 'aws.sqlite'));
  database.exec('DROP TABLE aws');
  database.close();
  expect(() => store.transaction(() => ({ result: 0, changed: false }))).toThrow(StateFolderError);
  await expect(store.broken).rejects.toThrow('aws.sqlite cannot be used: no such table: aws');
  store.close();
});

it.each([
  [13, 'make room on its file system'],
  [10, 'make room on its file system'],
  [778, 'make room on its file system'],
  [8, 'let this user write to the file'],
  [14, 'let this user write to the file'],
  [5, 'wait for the process that writes to it'],
  [26, 'forget the account: npm start -- reset --state'],
])('advises on SQLite code %i', (errcode, todo) => {
  const cause = Object.assign(new Error('why'), { errcode });
  expect(folderError(folder, 'aws.sqlite', cause).message).toContain(`aws.sqlite cannot be used: why`);
  expect(folderError(folder, 'aws.sqlite', cause).message).toContain(todo);
});

it('forgets the account with its copy, and says where none is kept', () => {
  used(1);
  forgetAccount(folder);
  expect(nextId()).toBe(0);
  expect(() => backToLastGood(folder)).toThrow('keeps no aws.last-good.sqlite');
});
