/**
 * The folder the embedded account is kept in, as people have it: full, read-only, damaged, no folder at all. Whatever
 * is wrong with it is told by file, cause and what to do, and is never taken for an answer of AWS. A sound copy of the
 * account as the last command left it is kept beside.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AwsState } from '#embedded/model.ts';
import { FileStore, type Store, StoreError } from '#embedded/store.ts';
import { wordsOf } from '#lib/run/failure-words.ts';

/** What this project keeps in the folder, but for the lock's own file. */
const account = ['aws.sqlite', 'aws.sqlite-wal', 'aws.sqlite-shm'] as const;
const lastGood = 'aws.last-good.sqlite';
/** Whose process works on the folder (run-lock.ts). */
export const lockFile = 'run.sqlite';
/** What happened in each run, a file a run. */
export const runsFolder = 'aws.runs';

/** The state folder cannot be used. */
export class StateFolderError extends Error {
  override readonly name = 'StateFolderError';
}

/** Makes the folder where it is not there. Throws {@link StateFolderError}. */
export function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (error) {
    throw new StateFolderError(
      wordsOf({
        what: `state folder ${folder} cannot be made: ${(error as Error).message}`,
        todo: 'name a folder on a file system that can be written to with --state',
      }),
    );
  }
}

/** One by one: `recursive` never comes back where a file system says ENOENT to a folder below one that exists (/proc). */
function makeFolders(folder: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    return;
  }
  if (dirname(folder) !== folder) makeFolders(dirname(folder));
  mkdirSync(folder);
}

export interface FolderStore extends Store {
  /** Rejects when the file can no longer be read or written: nothing that goes on would be kept. */
  readonly broken: Promise<never>;
  /** Keeps a sound copy beside; leaves the former one where that fails. */
  readonly keepCopy: () => void;
}

/** Opens the account in the folder. Throws {@link StateFolderError}. */
export function openStore(folder: string, seed: number, now: number): FolderStore {
  makeFolder(folder);
  refuseEmptied(folder);
  const store = told(folder, () => new FileStore(folder, seed, now));
  const { promise: broken, reject } = Promise.withResolvers<never>();
  // Whoever only looks does not wait for it.
  broken.catch(() => {});
  return {
    broken,
    transaction: <T>(work: (state: AwsState) => { result: T; changed: boolean }) => {
      try {
        return told(folder, () => store.transaction(work));
      } catch (error) {
        if (error instanceof StateFolderError) reject(error);
        throw error;
      }
    },
    keepCopy: () => keepCopy(folder, store),
    close: () => store.close(),
  };
}

/** SQLite takes an empty file for a new database, and the copy of what was in it would be overwritten with nothing. */
function refuseEmptied(folder: string): void {
  const file = join(folder, account[0]);
  if (!existsSync(join(folder, lastGood)) || !existsSync(file) || statSync(file).size > 0) return;
  throw folderError(folder, file, new Error('it is empty'));
}

function keepCopy(folder: string, store: FileStore): void {
  const made = join(folder, `${lastGood}.new`);
  try {
    rmSync(made, { force: true });
    store.copyTo(made);
    renameSync(made, join(folder, lastGood));
  } catch {
    // The copy is a kindness: what stands in its way will be told by the account's own file, or hurts nobody.
  }
}

/** Forgets the account, its copy, and what happened in its runs. */
export function forgetAccount(folder: string): void {
  changing(folder, () => {
    rmSync(join(folder, runsFolder), { force: true, recursive: true });
    for (const file of [...account, lastGood]) rmSync(join(folder, file), { force: true });
  });
}

/** The account as the last command that ended left it. Throws {@link StateFolderError} where no copy is kept. */
export function backToLastGood(folder: string): void {
  if (!existsSync(join(folder, lastGood))) {
    throw new StateFolderError(
      wordsOf({
        what: `state folder ${folder} keeps no ${lastGood}`,
        todo: 'forget the account instead: npm start -- reset',
      }),
    );
  }
  changing(folder, () => {
    for (const file of account) rmSync(join(folder, file), { force: true });
    copyFileSync(join(folder, lastGood), join(folder, account[0]));
  });
}

/** What the file system does not let happen is told as what is wrong with the folder. */
function changing(folder: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const { message } = error as Error;
    // Of rmSync some messages begin with the comma behind a code that is not there.
    const what = `state folder ${folder} cannot be changed: ${message.replace(/^\W+/, '')}`;
    throw new StateFolderError(
      wordsOf({ what, todo: 'let this user write to the folder and what is in it' }),
    );
  }
}

function told<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StoreError ? folderError(folder, error.file, error.cause as Error) : error;
  }
}

/** SQLite's primary result codes; https://www.sqlite.org/rescode.html */
const codes = {
  busy: 5,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** What is wrong with a file of the folder, from SQLite's error. */
export function folderError(folder: string, file: string, cause: Error): StateFolderError {
  return new StateFolderError(wordsOf(findingOf(folder, file, cause)));
}

function findingOf(folder: string, file: string, cause: Error): { what: string; todo: string } {
  const { message, errcode } = cause as Error & { errcode?: number };
  // Extended codes carry the primary one in their lowest byte.
  const code = errcode === undefined ? codes.corrupt : errcode & 0xff;
  const what = `${file} cannot be used: ${message}`;
  switch (code) {
    case codes.full:
    case codes.io:
      return {
        what,
        todo: `make room on its file system, and run the command again: what is in the file up to now is kept, and a run goes on from there`,
      };
    case codes.readOnly:
    case codes.cannotOpen:
      return {
        what,
        todo: 'let this user write to the file and its folder, or name another folder with --state',
      };
    case codes.busy:
      return { what, todo: 'wait for the process that writes to it, or stop it' };
    default:
      return {
        what: `${what} (it is damaged)`,
        todo: file.endsWith(lockFile)
          ? `delete ${file}: it holds nothing, and is made anew`
          : repairOf(folder),
      };
  }
}

function repairOf(folder: string): string {
  const reset = `npm start -- reset --state ${folder}`;
  return existsSync(join(folder, lastGood))
    ? `go back to the state the last command left, which is kept beside it: ${reset} --to-last-good; or forget the account: ${reset}`
    : `forget the account: ${reset}`;
}
