/**
 * The whole service on a laptop: the webhook's own handler over HTTP on loopback, and the runs it starts, on an
 * embedded AWS. Time is virtual and stands still while there is neither a run nor a request; signatures are judged by
 * the real clock, as their senders live in real time.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import {
  finishExecution,
  listExecutions,
  machineArn,
  pendingStarts,
  type RecordedExecution,
} from '#embedded/services/states.ts';
import { handler } from '#functions/webhook.ts';
import { listEnvironments } from '#lib/run/registry.ts';
import { routeTable } from '#lib/webhook/routes.ts';
import { forgetSecrets } from '#lib/webhook/secrets.ts';
import { type Account, executionName, homeRegion, workInFolder } from './account.ts';
import { defaultPort } from './commands/options.ts';
import { controlsOf } from './console/controls.ts';
import { ConsolePages } from './console/pages.ts';
import { serviceActions } from './console/service-actions.ts';
import { Watching } from './console/watch.ts';
import { FleetRunner } from './fleet-runner.ts';
import { answerWhatIsNoRequest, eventOf, problemOf, readBody, send } from './http-api.ts';
import { invoke, loadHandlers } from './lambda.ts';
import { ownCommand } from './next-steps.ts';
import { type MachineName, type RunEvent, Runner, type RunnerOptions, type RunResult } from './runner.ts';
import { VirtualTime } from './virtual-time.ts';
import { arrangeSecret, developmentSecret } from './webhook-secret.ts';

export interface ServeOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly folder: string;
  readonly speed: number;
  readonly seed: number;
  readonly onRequest?: (line: string) => void;
  readonly onEvent?: (event: RunEvent, now: number) => void;
  readonly onEnd?: (execution: string, result: RunResult) => void;
}

/** Simulated seconds an embedded call takes: a round trip to a regional API. */
const latencySeconds = 0.2;
const realNow = Date.now;

export class LocalService {
  readonly #options: ServeOptions;
  readonly #account: Account;
  readonly #time: VirtualTime;
  readonly #runner: Runner;
  readonly #fleets: FleetRunner;
  readonly #server: Server;
  readonly #watching: Watching;
  /** Runs and requests under way: while there are any, time moves. */
  readonly #active = new Set<Promise<void>>();
  readonly #running = new Map<string, RecordedExecution>();
  /** Killed from the console: they are not settled but gone on with. */
  readonly #killed = new Set<string>();
  /**
   * Settles when something begins while nothing was under way, when all of it is over, or when the service is to stop. A
   * promise for each time: one that is raced with for as long as the service lives keeps what every race left with it.
   */
  #turn = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #stopped = false;
  #pages: ConsolePages | undefined;

  /** Ends when the service has stopped; rejects where it broke. */
  readonly ended: Promise<void>;

  private constructor(options: ServeOptions, account: Account, server: Server) {
    this.#options = options;
    this.#account = account;
    this.#server = server;
    const now = Math.max(
      account.aws.inspect(homeRegion, (call) => call.now),
      Date.now(),
    );
    this.#time = new VirtualTime({ now, speed: options.speed, seed: options.seed, busy: account.busy });
    const runs: RunnerOptions = {
      book: {
        started: account.book.started,
        finished: (arn, result) => this.#finished(arn, result),
      },
      onEvent: (event) => {
        this.#watching.take(event, Date.now());
        options.onEvent?.(event, Date.now());
      },
    };
    this.#runner = new Runner(runs);
    this.#fleets = new FleetRunner(runs);
    this.#watching = new Watching(account, options.folder);
    this.ended = this.#drive();
  }

  /** Listens first: where the port is taken, no account is touched. */
  static async start(options: ServeOptions): Promise<LocalService> {
    const ready = Promise.withResolvers<LocalService>();
    // Whom a message is for is not asked; without the option Node refuses one that does not say, without a word.
    const server = createServer({ requireHostHeader: false }, async (request, response) => {
      const service = await ready.promise;
      if (service.#pages?.takes(request)) service.#show(service.#pages, request, response);
      else service.#take(request, response);
    });
    answerWhatIsNoRequest(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
    const account = takeAccount(options, server);
    forgetSecrets();
    process.env.WEBHOOK_SECRET_ID = await arrangeSecret(developmentSecret(options.folder).text);
    process.env.EVENT_BUS_NAME = 'default';
    await loadHandlers();
    const service = new LocalService(options, account, server);
    service.#pages = await ConsolePages.load(service.#console());
    service.#begin(service.#settleLeftovers());
    ready.resolve(service);
    return service;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** Ends at once: runs under way are aborted, and settled by the next start. Answers their names. */
  async stop(): Promise<string[]> {
    this.#stopped = true;
    this.#turn.resolve();
    await this.ended;
    return [...this.#running.values()].map(({ name }) => name);
  }

  /** What the page may ask, and what its buttons do. */
  #console(): Parameters<typeof ConsolePages.load>[0] {
    const { folder } = this.#options;
    const actions = serviceActions(
      (work) => this.#done(work),
      () => this.#takeUp(),
    );
    const control = controlsOf({
      aws: this.#account.aws,
      setSpeed: (speed) => {
        this.#time.speed = speed;
      },
      stop: (execution, cause) => this.#runner.stopOne(execution, cause),
      goOn: (execution) => this.#goOn(execution),
    });
    const session = () => ({
      where: `the embedded AWS in ${folder}`,
      speed: Number.isFinite(this.#time.speed) ? this.#time.speed : null,
      starts: true,
      controls: true,
      again: this.#again(),
    });
    return { hub: this.#watching.hub, desk: { ...this.#watching.desk(), actions, control }, session };
  }

  /** The command line that serves the same under the same address. */
  #again(): string {
    const { folder, port } = this.#options;
    const own = ownCommand({ state: folder });
    return port === defaultPort || port === 0 ? own('serve') : own('serve', '--port', String(port));
  }

  /** Work that takes simulated time. */
  async #done<T>(work: () => Promise<T>): Promise<T> {
    const done = work();
    this.#begin(
      done.then(
        () => {},
        () => {},
      ),
    );
    return done;
  }

  /** Its process died: what it held is nobody's, and the same request goes on from what exists. */
  #goOn(name: string): void {
    const dead = [...this.#running.values()].find((one) => one.name === name);
    if (!dead) return;
    this.#killed.add(dead.arn);
    const { environment } = JSON.parse(dead.input) as { environment: string };
    const again = executionName(environment, dead.machine as MachineName);
    this.#begin(
      this.#runner.drain().then(async () => {
        const result = await this.#runner.execute(dead.machine as MachineName, again, JSON.parse(dead.input));
        this.#options.onEnd?.(again, result);
      }),
    );
  }

  #show(pages: ConsolePages, request: IncomingMessage, response: ServerResponse): void {
    const { port } = this.#server.address() as AddressInfo;
    // Whoever asked went away in the middle.
    pages.answer(request, response, port).catch(() => response.destroy());
  }

  /** Moves time while anything is under way. */
  async #drive(): Promise<void> {
    try {
      while (!this.#stopped) {
        const { promise } = this.#turn;
        await (this.#active.size > 0 ? this.#time.run(promise) : promise);
        this.#turn = Promise.withResolvers();
        if (this.#failure) throw this.#failure;
      }
    } finally {
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    this.#stopped = true;
    this.#server.close();
    this.#time.uninstall();
    this.#account.aws.inspect(homeRegion, (call) => {
      for (const arn of this.#running.keys())
        finishExecution(call, arn, { status: 'ABORTED', cause: 'the service was stopped' });
    });
    this.#watching.records.flush();
    await this.#pages?.farewell();
    this.#server.closeAllConnections();
    this.#account.close();
  }

  #begin(work: Promise<void>): void {
    const tracked = work
      // What no handler and no machine is meant to throw: the service cannot go on.
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#active.delete(tracked);
        if (this.#active.size === 0 || this.#failure) this.#turn.resolve();
      });
    const isAlone = this.#active.size === 0;
    this.#active.add(tracked);
    if (isAlone) this.#turn.resolve();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.#serve(request, response).catch((error: Error) => {
      // The sender went away: nobody is there to be answered.
      this.#options.onRequest?.(`${request.method} ${request.url} broken off: ${error.message}`);
      response.destroy();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAt = realNow();
    const body = await readBody(request);
    if (!body) return send(response, problemOf(413, 'API Gateway takes 10 MB at most.'));
    const event = eventOf(request, body, Object.keys(routeTable), receivedAt);
    this.#begin(
      this.#handle(event).then((result) => {
        this.#options.onRequest?.(`${request.method} ${request.url} ${result.statusCode}`);
        send(response, result);
      }),
    );
  }

  async #handle(event: Parameters<typeof handler>[0]): Promise<APIGatewayProxyStructuredResultV2> {
    try {
      return await handler(event, lambdaContext);
    } catch (error) {
      this.#options.onRequest?.(`the webhook failed: ${(error as Error).message}`);
      return problemOf(500, 'The webhook failed; serve says why.');
    } finally {
      this.#takeUp();
    }
  }

  /** Runs what was started through the API, as Step Functions would. */
  #takeUp(): void {
    for (const started of this.#account.aws.inspect(homeRegion, pendingStarts)) {
      if (this.#running.has(started.arn)) continue;
      this.#running.set(started.arn, started);
      this.#begin(this.#execute(started));
    }
  }

  async #execute({ arn, machine, name, input }: RecordedExecution): Promise<void> {
    const request = JSON.parse(input);
    const result =
      machine === 'fleet'
        ? await this.#fleets.execute(name, request)
        : await this.#runner.execute(machine as MachineName, name, request);
    this.#running.delete(arn);
    this.#options.onEnd?.(name, result);
  }

  #finished(arn: string, result: RunResult): void {
    this.#account.book.finished(arn, result);
    if (result.status !== 'SUCCEEDED' && !this.#killed.has(arn)) this.#begin(this.#settle(arn));
  }

  /** What the EventBridge rule on "Step Functions Execution Status Change" does. */
  async #settle(executionArn: string): Promise<void> {
    const ended = this.#account.aws.inspect(homeRegion, (call) => {
      const execution = listExecutions(call).find(({ arn }) => arn === executionArn);
      return execution && { ...execution, stateMachineArn: machineArn(call, execution.machine) };
    });
    if (!ended || ended.status === 'RUNNING' || ended.status === 'SUCCEEDED') return;
    const { name, status, stateMachineArn, input, error, cause } = ended;
    const detail = { executionArn, stateMachineArn, name, status, input, error, cause };
    await invoke('SettleDeadRun', { detail });
    this.#takeUp();
  }

  /** Runs that died with an earlier process hold their environments still, and some were never taken up. */
  async #settleLeftovers(): Promise<void> {
    for (const { lock } of await listEnvironments()) {
      if (lock) await this.#settle(lock.execution);
    }
    this.#takeUp();
  }
}

/** Where somebody else works in the folder, nobody is kept waiting for answers. */
function takeAccount({ folder, seed }: ServeOptions, server: Server): Account {
  try {
    return workInFolder(folder, seed, { latencySeconds });
  } catch (error) {
    server.close();
    server.closeAllConnections();
    throw error;
  }
}

/** What a handler reads of Lambda's context. */
const lambdaContext = {
  functionName: 'webhook',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:local:111122223333:function:webhook',
  memoryLimitInMB: '512',
  awsRequestId: 'local',
  getRemainingTimeInMillis: () => 29_000,
} as Context;
