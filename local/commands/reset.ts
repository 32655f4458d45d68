/** `reset`: forgets the embedded account, or goes back to it as the last command left it. */
import { existsSync } from 'node:fs';
import { takeFolder } from '#local/run-lock.ts';
import { backToLastGood, forgetAccount, makeFolder } from '#local/state-folder.ts';
import { type CommonOptions, printer } from './options.ts';

export interface ResetOptions extends CommonOptions {
  readonly toLastGood: boolean;
}

export function reset({ state: folder, toLastGood }: ResetOptions): void {
  const print = printer(true);
  if (!existsSync(folder)) {
    print(`There is no account in ${folder}: nothing is to be forgotten.`);
    return;
  }
  // Says so of a file in its place.
  makeFolder(folder);
  const lock = takeFolder(folder);
  // Only the files that are ours: --state may name any folder. The lock's own file stays, so that it is one lock.
  try {
    if (toLastGood) backToLastGood(folder);
    else forgetAccount(folder);
  } finally {
    lock.release();
  }
  print(
    `The embedded account in ${folder} ${toLastGood ? 'is as the last command left it' : 'is forgotten'}.`,
  );
}
