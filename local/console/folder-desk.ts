/**
 * The desk of a folder that other processes work on: what they keep of their runs, while they do and afterwards. It
 * reads, and changes nothing but what a process that died left open.
 */
import type { RunEvent } from '#console/api.ts';
import { type Account, abortAbandoned } from '../account.ts';
import { whileUnused } from '../run-lock.ts';
import type { Desk } from './desk.ts';
import { embeddedDesk, untoldEnd } from './embedded-desk.ts';
import { Hub } from './hub.ts';
import { Records } from './records.ts';

const secondsBetweenLooks = 1;

/** A run that somebody looks at, as far as it is read. */
interface Followed {
  readonly events: RunEvent[];
  end: number;
}

export class FolderDesk implements Desk {
  readonly hub = new Hub();
  readonly environments: Desk['environments'];
  readonly environment: Desk['environment'];
  readonly fleets: Desk['fleets'];
  readonly fleet: Desk['fleet'];
  readonly #account: Account;
  readonly #folder: string;
  readonly #records: Records;
  readonly #followed = new Map<string, Followed>();
  /** Runs of before: they are read once somebody looks at them. */
  readonly #former: ReadonlySet<string>;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(account: Account, folder: string) {
    this.#account = account;
    this.#folder = folder;
    this.#records = new Records(folder);
    this.#former = new Set(this.#records.executions());
    ({
      environments: this.environments,
      environment: this.environment,
      fleets: this.fleets,
      fleet: this.fleet,
    } = embeddedDesk(account, this.#records));
    this.#timer = setInterval(() => {
      if (this.hub.isWatched) this.#look();
    }, secondsBetweenLooks * 1000);
  }

  /** Its events come with the others: here it is only begun to be followed. */
  readonly run: Desk['run'] = async (execution) => {
    const name = execution === 'latest' ? this.#records.latest() : execution;
    for (const one of name === undefined ? [] : this.#records.family(name)) this.#follow(one);
    this.#look();
    return [];
  };

  close(): void {
    clearInterval(this.#timer);
    this.#account.close();
  }

  #follow(execution: string): void {
    if (!this.#followed.has(execution)) this.#followed.set(execution, { events: [], end: 0 });
  }

  #look(): void {
    for (const execution of this.#records.executions())
      if (!this.#former.has(execution)) this.#follow(execution);
    for (const [execution, followed] of this.#followed) {
      const { events, end } = this.#records.news(execution, followed.end);
      followed.end = end;
      this.#tell(followed, events);
    }
    this.#settle();
  }

  #settle(): void {
    const open = [...this.#followed.values()].filter(({ events }) =>
      events.every(({ type }) => type !== 'run-ended'),
    );
    if (open.length === 0) return;
    whileUnused(this.#folder, () => abortAbandoned(this.#account));
    for (const followed of open) this.#tell(followed, untoldEnd(this.#account, followed.events));
  }

  #tell(followed: Followed, events: readonly RunEvent[]): void {
    for (const event of events) {
      followed.events.push(event);
      this.hub.adopt(event);
    }
  }
}
