/**
 * What happened in each run, kept beside the account: one file a run, one event a line. So a run can be looked at when
 * the process that ran it is gone, however it went.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, RunHead } from '#console/api.ts';
import { runsFolder } from '../state-folder.ts';

/** Of a run some 300 KB; older ones go. */
const mostRuns = 100;
const extension = '.jsonl';

export class Records {
  readonly #folder: string;
  readonly #waiting = new Map<string, string[]>();

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, runsFolder);
  }

  /** Written together once what is under way has said all it says now. */
  keep(event: RunEvent): void {
    if (this.#waiting.size === 0) setImmediate(() => this.flush());
    const lines = this.#waiting.get(event.execution) ?? [];
    this.#waiting.set(event.execution, lines);
    lines.push(`${JSON.stringify(event)}\n`);
  }

  flush(): void {
    for (const [execution, lines] of this.#waiting) this.#write(execution, lines.join(''));
    this.#waiting.clear();
  }

  /** A record is a kindness: a disk that is full stops no run, and is told by the account's own file. */
  #write(execution: string, lines: string): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      if (lines.includes('"type":"run-started"')) this.#forgetOldest();
      appendFileSync(this.#file(execution), lines);
    } catch {
      this.#waiting.delete(execution);
    }
  }

  /** Empty of a run that is not kept. */
  read(execution: string): RunEvent[] {
    const file = this.#file(execution);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => parsed(line));
  }

  /** What was written of a run behind `offset` bytes, and up to where: a line that is being written is left for later. */
  news(execution: string, offset: number): { readonly events: readonly RunEvent[]; readonly end: number } {
    const file = this.#file(execution);
    if (!existsSync(file) || statSync(file).size <= offset) return { events: [], end: offset };
    const opened = openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(statSync(file).size - offset);
      const read = buffer.subarray(0, readSync(opened, buffer, 0, buffer.length, offset));
      const whole = read.subarray(0, read.lastIndexOf('\n') + 1);
      const events = whole
        .toString('utf8')
        .split('\n')
        .flatMap((line) => parsed(line));
      return { events, end: offset + whole.length };
    } finally {
      closeSync(opened);
    }
  }

  /** Every run that is kept. */
  executions(): string[] {
    return this.#heads().map(({ execution }) => execution);
  }

  /** The newest run, rollbacks aside. */
  latest(): string | undefined {
    const heads = this.#heads().filter(({ parent }) => parent === undefined);
    return heads.sort((one, other) => other.startedAt - one.startedAt)[0]?.execution;
  }

  /** That run and those that belong to it: its rollback, or the run it takes back. */
  family(execution: string): string[] {
    const heads = this.#heads();
    const parent = heads.find((head) => head.execution === execution)?.parent;
    const rollbacks = heads.filter((head) => head.parent === execution).map((head) => head.execution);
    return [execution, ...(parent ? [parent] : rollbacks)];
  }

  /** All that is kept of a run and of those that belong to it. */
  readTogether(execution: string): RunEvent[] {
    return this.family(execution).flatMap((one) => this.read(one));
  }

  #heads(): RunHead[] {
    return this.#files().flatMap((name) => {
      const line = firstLine(join(this.#folder, name));
      return parsed(line).flatMap((event) => (event.type === 'run-started' ? [event.run] : []));
    });
  }

  #forgetOldest(): void {
    const files = this.#files();
    if (files.length < mostRuns) return;
    const age = (name: string) => statSync(join(this.#folder, name)).mtimeMs;
    const [oldest] = files.sort((one, other) => age(one) - age(other));
    if (oldest) rmSync(join(this.#folder, oldest), { force: true });
  }

  #files(): string[] {
    return existsSync(this.#folder)
      ? readdirSync(this.#folder).filter((name) => name.endsWith(extension))
      : [];
  }

  /** Names of executions have no character a file system minds, but a name that is asked for may be anything. */
  #file(execution: string): string {
    return join(this.#folder, `${encodeURIComponent(execution).replaceAll('.', '%2E')}${extension}`);
  }
}

function firstLine(file: string): string {
  const opened = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(4096);
    const [line = ''] = buffer.toString('utf8', 0, readSync(opened, buffer)).split('\n', 1);
    return line;
  } finally {
    closeSync(opened);
  }
}

/** The last line of a process that died may be half a line. */
function parsed(line: string): RunEvent[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as RunEvent];
  } catch {
    return [];
  }
}
