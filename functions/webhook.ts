/**
 * The front door: one function behind an HTTP API. It knows who asks (Standard Webhooks), checks what is asked with
 * the schema every trigger shares, starts a run, and shows what the registry knows. It touches no environment.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readFleetRecord } from '#lib/fleet/record.ts';
import { fleetProblems } from '#lib/fleet/request.ts';
import { problemsOf } from '#lib/request/problems.ts';
import { parseRemoval } from '#lib/request/removal.ts';
import { requestSchema } from '#lib/request/request.ts';
import { isEnvironmentName } from '#lib/run/environment-name.ts';
import { lambdaHandler } from '#lib/run/handler.ts';
import { log } from '#lib/run/log.ts';
import type { RunMessage } from '#lib/run/messages.ts';
import { listEnvironments, readEnvironment } from '#lib/run/registry.ts';
import { fleetUrl, fleetView } from '#lib/webhook/fleets.ts';
import { authenticMessage, jsonOf, type Message } from '#lib/webhook/message.ts';
import { type Answer, answer, ProblemError, problemAnswer } from '#lib/webhook/problem.ts';
import { methodsAt, type RouteKey } from '#lib/webhook/routes.ts';
import { findRun, refuseHeld, startOnce } from '#lib/webhook/runs.ts';
import { removalBody } from '#lib/webhook/schema.ts';
import { environmentView, listView, statusUrl } from '#lib/webhook/view.ts';

const routes: Readonly<Record<RouteKey, (message: Message) => Promise<Answer>>> = {
  'POST /environments': provision,
  'GET /environments': list,
  'GET /environments/{name}': show,
  'DELETE /environments/{name}': deprovision,
  'POST /fleets': startFleet,
  'GET /fleets/{name}': showFleet,
};

export async function webhook(event: APIGatewayProxyEventV2): Promise<Answer> {
  try {
    // Before the signature: who sent it is of no matter where nothing is.
    if (!Object.hasOwn(routes, event.routeKey)) throw noRoute(event);
    const message = await authenticMessage(event);
    return await routes[message.routeKey as RouteKey](message);
  } catch (error) {
    return problemAnswer(error);
  }
}

/** What no route takes comes by the API's `$default`, so that it gets a problem document too. */
function noRoute({ rawPath, requestContext }: APIGatewayProxyEventV2): ProblemError {
  const methods = methodsAt(rawPath);
  if (methods.length === 0 || methods.includes(requestContext.http.method))
    return new ProblemError(404, `There is no such resource. There are: ${Object.keys(routes).join(', ')}.`);
  const allow = methods.join(', ');
  return new ProblemError(405, `Here there are: ${allow}.`, {}, { allow });
}

async function provision(message: Message): Promise<Answer> {
  const request = jsonOf(message);
  const parsed = requestSchema.safeParse(request, { reportInput: true });
  if (!parsed.success) throw invalid(problemsOf(parsed.error.issues, requestSchema));
  const { environment, region } = parsed.data;
  const content = JSON.stringify(request);
  return started(message, { machine: 'provision', environment, content }, content, async () => {
    const item = await readEnvironment(environment);
    if (item && item.status !== 'GONE' && item.region !== region) {
      throw new ProblemError(
        422,
        `Environment "${environment}" is in ${item.region} already. Choose another name, or remove that one first.`,
      );
    }
    await refuseHeld(item);
  });
}

async function deprovision(message: Message): Promise<Answer> {
  const { name } = message;
  const { confirm, ...wishes } = consent(message);
  if (confirm !== name) {
    throw new ProblemError(
      422,
      `Repeat the environment's name, "${name}", in the body's confirm or in x-confirm to consent to its removal. Nothing was started.`,
    );
  }
  // Not the wishes: what they leave out is filled in, and a later release may fill in other things.
  const content = message.body === '' ? confirm : JSON.stringify(jsonOf(message));
  const asked = { machine: 'deprovision', environment: name, content } as const;
  const { environment, ...rest } = parseRemoval({ environment: named(name), confirm, ...wishes });
  return started(message, asked, JSON.stringify({ environment, ...rest }), async () =>
    refuseHeld(await known(name)),
  );
}

function consent(message: Message): ReturnType<typeof removalBody.parse> {
  if (message.body === '' && message.confirm !== undefined)
    return removalBody.parse({ confirm: message.confirm });
  if (message.body === '')
    throw invalid([
      "confirm: is required: the environment's name again, in a JSON body or in the header x-confirm",
    ]);
  const parsed = removalBody.safeParse(jsonOf(message), { reportInput: true });
  if (!parsed.success) throw invalid(problemsOf(parsed.error.issues, removalBody));
  return parsed.data;
}

async function started(
  { id }: Message,
  asked: Pick<RunMessage, 'machine' | 'environment' | 'content'>,
  input: string,
  check: () => Promise<void>,
): Promise<Answer> {
  const { machine, environment } = asked;
  const execution = await startOnce({ source: 'webhook', id, ...asked }, input, check);
  log.info('run started by webhook', { environment, machine, execution });
  return answer(
    202,
    { execution, environment, status: 'ACCEPTED', statusUrl: statusUrl(environment, execution) },
    { location: statusUrl(environment) },
  );
}

async function startFleet(message: Message): Promise<Answer> {
  const request = jsonOf(message);
  const problems = fleetProblems(request);
  if (problems.length > 0) throw invalid(problems);
  const { fleet } = request as { fleet: string };
  const content = JSON.stringify(request);
  const asked = { source: 'webhook', id: message.id, machine: 'fleet', environment: fleet, content } as const;
  const execution = await startOnce(asked, content, async () => {});
  log.info('fleet started by webhook', { fleet, execution });
  const url = fleetUrl(execution);
  return answer(202, { execution, fleet, status: 'ACCEPTED', statusUrl: url }, { location: url });
}

async function showFleet({ name }: Message): Promise<Answer> {
  if (!isExecutionName(name)) throw noFleet();
  const record = await readFleetRecord(name);
  const going = await findRun(name, ['fleet']);
  if (!going) throw noFleet();
  return answer(200, fleetView(name, going, record));
}

const noFleet = () => new ProblemError(404, 'No fleet had an execution of this name.');

async function list(): Promise<Answer> {
  return answer(200, listView(await listEnvironments()));
}

/** With `?execution=`, how that run goes too: the only sign of one that is refused before it holds the environment. */
async function show({ name, query }: Message): Promise<Answer> {
  const run = query.execution ? await runOf(name, query.execution) : undefined;
  if (!run) return answer(200, environmentView(await known(name), Date.now()));
  const item = await readEnvironment(name);
  const view = item
    ? environmentView(item, Date.now())
    : { environment: name, status: 'REQUESTED' as const, steps: [] };
  return answer(200, { ...view, run });
}

/** It becomes part of an ARN. */
const isExecutionName = (name: string) => /^[\w-]{1,80}$/.test(name);

async function runOf(environment: string, execution: string) {
  // A caller sees runs of the environment it asks for, and what it gives becomes part of an ARN.
  const found =
    execution.startsWith(`${environment}-`) && isExecutionName(execution)
      ? await findRun(execution)
      : undefined;
  if (!found) throw new ProblemError(404, `Environment "${environment}" has no such run.`);
  return found;
}

async function known(name: string) {
  const item = await readEnvironment(named(name));
  if (!item) throw unknown();
  return item;
}

/** DynamoDB refuses an empty key and a very long one, and no environment has any other such name. */
function named(name: string): string {
  if (!isEnvironmentName(name)) throw unknown();
  return name;
}

function unknown(): ProblemError {
  return new ProblemError(404, 'No environment of this name is known.');
}

function invalid(problems: readonly string[]): ProblemError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new ProblemError(400, `The request has ${count}. Nothing was started.`, { problems });
}

export const handler = lambdaHandler('webhook', webhook);
