/**
 * Where the embedded AWS keeps its state: in memory, or in a SQLite file that several processes share.
 * SQLite because its locks die with their process: a killed run leaves neither a torn file nor a lock.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AwsState, emptyState } from './model.ts';

export interface Store {
  /** Runs `work` on the newest state, alone; keeps the change when it says so. */
  transaction<T>(work: (state: AwsState) => { result: T; changed: boolean }): T;
  close(): void;
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
  #known: { version: number; state: AwsState };

  /** Opens `<folder>/aws.sqlite`, or makes it with `seed` and a clock that starts at `now` (ms since the epoch). */
  constructor(folder: string, seed: number, now: number) {
    mkdirSync(folder, { recursive: true });
    this.#database = new DatabaseSync(join(folder, 'aws.sqlite'), { timeout: 10_000 });
    // Safe against a killed process; only a machine that loses power could lose the last call.
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS aws (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER, state TEXT)',
    );
    this.#database
      .prepare('INSERT OR IGNORE INTO aws (id, version, state) VALUES (1, 1, ?)')
      .run(JSON.stringify(emptyState(seed, now)));
    this.#known = { version: 0, state: emptyState(seed, now) };
  }

  transaction<T>(work: (state: AwsState) => { result: T; changed: boolean }): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const { version } = this.#database.prepare('SELECT version FROM aws').get() as { version: number };
      if (version !== this.#known.version) {
        const row = this.#database.prepare('SELECT state FROM aws').get() as { state: string };
        this.#known = { version, state: JSON.parse(row.state) };
      }
      const { result, changed } = work(this.#known.state);
      if (changed) {
        this.#database
          .prepare('UPDATE aws SET version = ?, state = ?')
          .run(version + 1, JSON.stringify(this.#known.state));
        this.#known.version = version + 1;
      }
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#known.version = -1;
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}
