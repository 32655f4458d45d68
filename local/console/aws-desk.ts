/**
 * The desk of a deployed stage: what the registry knows, and the history of the runs somebody looks at, with the
 * caller's own credentials. It reads, and changes nothing; while nobody looks it does not even read.
 */
import { SFNClient } from '@aws-sdk/client-sfn';
import { homeClient } from '#lib/aws/clients.ts';
import { fleetsIn } from '#lib/fleet/record.ts';
import { environmentsIn, listRegistry, type RegistryItem } from '#lib/run/registry.ts';
import { History } from '../aws-client/history.ts';
import { type Service, serviceName } from '../aws-client/service.ts';
import { Translator } from '../aws-client/translate.ts';
import { idleCostADay } from '../costs.ts';
import type { MachineName } from '../runner.ts';
import { AwsExecutions, type Described } from './aws-executions.ts';
import { type Desk, documentOf, rowsOf } from './desk.ts';
import { fleetOf, fleetRowsOf, type Registry } from './fleets.ts';
import { Hub } from './hub.ts';
import type { EnvironmentRun, FleetRun } from './runs.ts';

/** GetExecutionHistory allows 20 calls a second in an account; the registry is read as rarely. */
const secondsBetweenLooks = 3;

/** Each is described once at least; the others have their pages all the same. */
const mostFleets = 10;

export class AwsDesk implements Desk {
  readonly hub: Hub;
  readonly #service: Service;
  readonly #executions: AwsExecutions;
  readonly #followed = new Map<string, Promise<void>>();
  readonly #runs = new Map<string, readonly EnvironmentRun[]>();
  readonly #refreshing = new Set<string>();
  readonly #pause: (seconds: number) => Promise<void>;
  #items: { readonly at: number; readonly read: Promise<Registry> } | undefined;

  constructor(service: Service, pause: (seconds: number) => Promise<void> = sleep) {
    this.#service = service;
    this.#executions = new AwsExecutions(service);
    this.#pause = pause;
    this.hub = new Hub({ consoleUrlOf: (machine, name) => this.#executions.consoleUrl(machine, name) });
  }

  /** What is not known of the runs yet comes with a later look: a list of many does not wait for each of them. */
  readonly environments: Desk['environments'] = async () => {
    const { environments } = await this.#registry();
    for (const item of environments) this.#refresh(item);
    return rowsOf(environments, [...this.#runs.values()].flat(), idleCostADay);
  };

  readonly environment: Desk['environment'] = async (name) => {
    const { environments } = await this.#registry();
    const item = environments.find(({ environment }) => environment === name);
    return item && documentOf(item, await this.#executions.runsOf(item), idleCostADay(item));
  };

  readonly fleets: Desk['fleets'] = async () => {
    const registry = await this.#registry();
    const newest = [...registry.fleets]
      .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1))
      .slice(0, mostFleets);
    const runs = await Promise.all(newest.map(({ execution }) => this.#executions.fleet(execution)));
    return fleetRowsOf(
      runs.filter((run): run is FleetRun => run !== undefined),
      registry,
    );
  };

  readonly fleet: Desk['fleet'] = async (execution) => {
    const run = await this.#executions.fleet(execution);
    return run && fleetOf(run, await this.#registry(), Date.now());
  };

  /** Its events come with the others: here it is only begun to be followed. */
  readonly run: Desk['run'] = async (execution) => {
    const name = execution === 'latest' ? await this.#latest() : execution;
    const found = name === undefined ? undefined : await this.#executions.find(name);
    if (found && name) await this.#follow(name, found);
    return [];
  };

  async #latest(): Promise<string | undefined> {
    const { environments } = await this.#registry();
    const starts = environments.flatMap(({ runs = {}, lock }) => [
      ...Object.entries(runs),
      ...(lock ? [[lock.name, lock.since] as const] : []),
    ]);
    return starts.sort(([, one], [, other]) => (one < other ? 1 : -1))[0]?.[0];
  }

  #registry(): Promise<Registry> {
    if (!this.#items || Date.now() - this.#items.at > secondsBetweenLooks * 1000)
      this.#items = {
        at: Date.now(),
        read: listRegistry().then((items) => ({
          environments: environmentsIn(items),
          fleets: fleetsIn(items),
        })),
      };
    return this.#items.read;
  }

  /** One at a time for each environment. */
  #refresh(item: RegistryItem): void {
    const { environment } = item;
    if (this.#refreshing.has(environment)) return;
    this.#refreshing.add(environment);
    this.#executions
      .runsOf(item)
      .then(
        (runs) => this.#runs.set(environment, runs),
        // Refused for rate: the next look asks again.
        () => {},
      )
      .finally(() => this.#refreshing.delete(environment));
  }

  /** Ends once the history up to now is told; goes on by itself until the run is over. */
  #follow(name: string, { arn, machine, startedAt, input }: Described, parent?: string): Promise<void> {
    const known = this.#followed.get(arn);
    if (known) return known;
    this.hub.take(
      { type: 'started', machine, execution: name, input, ...(parent ? { parent } : {}) },
      startedAt,
    );
    const history = new History(homeClient(SFNClient), arn);
    const translator = new Translator(machine, name, `${serviceName}-${this.#service.stage}`);
    const first = this.#look(name, machine, history, translator);
    const told = first.then(() => {});
    this.#followed.set(arn, told);
    first.then((isOver) => {
      if (!isOver) this.#goOn(name, machine, history, translator);
    });
    return told;
  }

  async #goOn(name: string, machine: MachineName, history: History, translator: Translator): Promise<void> {
    for (;;) {
      await this.#pause(secondsBetweenLooks);
      if (this.hub.isWatched && (await this.#look(name, machine, history, translator))) return;
    }
  }

  /** Answers whether the run is over. Refused, or out of reach: the next look asks again. */
  async #look(
    name: string,
    machine: MachineName,
    history: History,
    translator: Translator,
  ): Promise<boolean> {
    const news = await history.news().catch(() => []);
    for (const event of news) {
      const at = event.timestamp?.getTime() ?? Date.now();
      const { events, nestedArn, end } = translator.take(event);
      for (const one of [...translator.moved(event), ...events]) this.hub.take(one, at);
      if (nestedArn) await this.#followNested(name, nestedArn);
      if (!end) continue;
      this.hub.take({ type: 'ended', machine, execution: name, result: end }, at);
      return true;
    }
    return false;
  }

  async #followNested(parent: string, arn: string): Promise<void> {
    const name = arn.split(':').at(-1) as string;
    const found = await this.#executions.describe('deprovision', name);
    if (found) await this.#follow(name, found, parent);
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000).unref();
  });
}
