/**
 * Where the embedded AWS keeps its state: in memory, or in a SQLite file that several processes share.
 * SQLite because its locks die with their process: a killed run leaves neither a torn file nor a lock.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AwsState, emptyState } from './model.ts';

export interface Store {
  /** Runs `work` on the newest state, alone; keeps the change when it says so. */
  transaction<T>(work: (state: AwsState) => { result: T; changed: boolean }): T;
  close(): void;
}

/** The file could not be read or written: nothing that AWS would answer. `cause` is SQLite's error, or the reader's. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly file: string;

  constructor(file: string, cause: Error) {
    super(`${file}: ${cause.message}`, { cause });
    this.file = file;
  }
}

export class MemoryStore implements Store {
  #state: AwsState;

  constructor(state: AwsState) {
    this.#state = state;
  }

  transaction<T>(work: (state: AwsState) => { result: T; changed: boolean }): T {
    return work(this.#state).result;
  }

  /** A deep copy, to go on from the same point twice. */
  snapshot(): AwsState {
    return structuredClone(this.#state);
  }

  close(): void {}
}

export class FileStore implements Store {
  readonly #database: DatabaseSync;
  readonly #file: string;
  #known: { version: number; state: AwsState };

  /**
   * Opens `<folder>/aws.sqlite`, or makes it with `seed` and a clock that starts at `now` (ms since the epoch). The
   * folder must exist. Throws {@link StoreError}.
   */
  constructor(folder: string, seed: number, now: number) {
    this.#file = join(folder, 'aws.sqlite');
    this.#known = { version: 0, state: emptyState(seed, now) };
    this.#database = this.#reading(() => new DatabaseSync(this.#file, { timeout: 10_000 }));
    this.#reading(() => this.#prepare());
  }

  #prepare(): void {
    // Safe against a killed process; only a machine that loses power could lose the last call.
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS aws (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER, state TEXT)',
    );
    this.#database
      .prepare('INSERT OR IGNORE INTO aws (id, version, state) VALUES (1, 1, ?)')
      .run(JSON.stringify(this.#known.state));
  }

  transaction<T>(work: (state: AwsState) => { result: T; changed: boolean }): T {
    this.#reading(() => this.#database.exec('BEGIN IMMEDIATE'));
    try {
      this.#reading(() => this.#refresh());
      const { result, changed } = work(this.#known.state);
      if (changed) this.#reading(() => this.#keep());
      this.#reading(() => this.#database.exec('COMMIT'));
      return result;
    } catch (error) {
      this.#known.version = -1;
      this.#rollBack();
      throw error;
    }
  }

  #refresh(): void {
    const { version } = this.#database.prepare('SELECT version FROM aws').get() as { version: number };
    if (version === this.#known.version) return;
    const row = this.#database.prepare('SELECT state FROM aws').get() as { state: string };
    this.#known = { version, state: JSON.parse(row.state) };
  }

  #keep(): void {
    const version = this.#known.version + 1;
    this.#database
      .prepare('UPDATE aws SET version = ?, state = ?')
      .run(version, JSON.stringify(this.#known.state));
    this.#known.version = version;
  }

  /** SQLite has done so itself where the disk is full: what threw is what is told. */
  #rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  #reading<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new StoreError(this.#file, error as Error);
    }
  }

  /** A sound copy of the whole as of now, in `file`, which must not exist. Throws {@link StoreError}. */
  copyTo(file: string): void {
    this.#reading(() => {
      const [check] = this.#database.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
      if (check?.quick_check !== 'ok') throw new Error(check?.quick_check ?? 'no answer of quick_check');
      const { state } = this.#database.prepare('SELECT state FROM aws').get() as { state: string };
      JSON.parse(state);
      this.#database.prepare('VACUUM INTO ?').run(file);
    });
  }

  close(): void {
    this.#database.close();
  }
}
