/**
 * Which process works on a state folder. A lock that the operating system releases at its holder's death, whatever
 * death that is: SQLite's, on a file of its own. A process id says nothing: it is given out again, stays with a
 * zombie, and is the same in every container.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { wordsOf } from '#lib/run/failure-words.ts';
import { folderError, lockFile } from './state-folder.ts';

/** Another process works on the state folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

export interface RunLock {
  release(): void;
}

/** A command that only looks holds the lock for some milliseconds, to clear up. */
const patienceMilliseconds = 500;

/** Takes the folder for this process, until `release` or its death. Throws {@link FolderInUseError}. */
export function takeFolder(folder: string): RunLock {
  const lock = tryLock(folder, patienceMilliseconds);
  if (lock) return lock;
  const what = `state folder ${folder} is in use: another provision, deprovision or serve works on it`;
  const todo = 'wait for it to end, or stop it; or name another folder with --state';
  throw new FolderInUseError(wordsOf({ what, todo }));
}

/** Runs `work` while no process works on the folder; leaves it out where one does. */
export function whileUnused(folder: string, work: () => void): void {
  if (!existsSync(folder)) return;
  const lock = tryLock(folder, 0);
  if (!lock) return;
  try {
    work();
  } finally {
    lock.release();
  }
}

function tryLock(folder: string, timeout: number): RunLock | undefined {
  const file = join(folder, lockFile);
  const database = opened(folder, file, timeout);
  try {
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    const busy = 5;
    if ((error as { errcode?: number }).errcode === busy) return undefined;
    throw folderError(folder, file, error as Error);
  }
}

function opened(folder: string, file: string, timeout: number): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout });
  } catch (error) {
    throw folderError(folder, file, error as Error);
  }
}
