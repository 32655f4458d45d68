import { describe, expect, it } from 'vitest';
import { AwsFault } from '#embedded/model.ts';
import { finishExecution, listExecutions, recordExecution } from '#embedded/services/states.ts';
import { handler } from '#functions/webhook.ts';
import { beginFleetRecord, recordMemberEnd } from '#lib/fleet/record.ts';
import { reportProgress } from '#lib/run/progress.ts';
import { lockEnvironment, releaseEnvironment } from '#lib/run/registry.ts';
import { type RouteKey, routeTable } from '#lib/webhook/routes.ts';
import { problem } from '#lib/webhook/schema.ts';
import { homeRegion } from '#local/account.ts';
import {
  answered,
  ask,
  context,
  documented,
  eventFor,
  frontDoor,
  otherSecret,
} from '../lib/webhook/front-door.ts';
import type { TestAws } from '../support/embedded.ts';
import { samplePlan } from '../support/plan.ts';

const request = JSON.stringify({ environment: 'dev', region: 'eu-central-1' });
const routes = Object.keys(routeTable) as RouteKey[];
/** A message each route takes, whatever the registry knows. */
const fleetRequest = JSON.stringify({ fleet: 'customers', environments: [JSON.parse(request)] });
const sound = (route: RouteKey) => ({
  ...(route === 'POST /environments' ? { body: request } : {}),
  ...(route === 'POST /fleets' ? { body: fleetRequest } : {}),
  ...(route === 'DELETE /environments/{name}' ? { body: '{"confirm":"dev"}' } : {}),
});

const executions = ({ aws }: TestAws) => aws.inspect(homeRegion, (call) => listExecutions(call));

/** Another execution provisions `dev`. */
async function held({ aws }: TestAws, name = 'run-1') {
  const id = aws.inspect(homeRegion, (call) =>
    recordExecution(call, { machine: 'provision', name, input: {} }),
  );
  const execution = { id, name, startTime: new Date().toISOString() };
  const where = { region: 'eu-central-1', account: '111122223333', status: 'PROVISIONING' as const };
  await lockEnvironment('dev', execution, where);
  return {
    execution,
    end: (changes: Parameters<typeof releaseEnvironment>[2]) => {
      aws.inspect(homeRegion, (call) => finishExecution(call, id, { status: 'SUCCEEDED' }));
      return releaseEnvironment('dev', id, changes);
    },
  };
}

describe.each(routes)('%s', (route) => {
  const wrong = {
    'without a signature': { headers: { 'webhook-signature': undefined } },
    'without an id': { headers: { 'webhook-id': undefined } },
    'without a timestamp': { headers: { 'webhook-timestamp': undefined } },
    'with a timestamp that is no number': { headers: { 'webhook-timestamp': 'now' } },
    'signed six minutes ago': { ageSeconds: 360 },
    'signed six minutes ahead': { ageSeconds: -360 },
    'signed with a secret nobody knows': { secret: otherSecret },
    'with the signature of another body': { signs: 'something else' },
    'with a timestamp that was not signed': { headers: { 'webhook-timestamp': '1793491201' } },
    'with the id of another message': { headers: { 'webhook-id': 'msg_other' } },
    'with an endless id': { id: 'x'.repeat(257) },
    'of a version that is not known': { headers: { 'webhook-signature': 'v2,abc' } },
  };

  it.each(Object.entries(wrong))('refuses a message %s, and does not say why', async (_, options) => {
    frontDoor();
    const first = await ask(route, { ...sound(route), ...options });
    const unsigned = await ask(route, { headers: { 'webhook-signature': 'v1,' } });
    expect(first.status).toBe(401);
    expect(first).toEqual(unsigned);
  });

  it('takes a message signed just under five minutes ago, and one with a second signature beside', async () => {
    frontDoor();
    const old = await ask(route, { ...sound(route), ageSeconds: 299 });
    expect(old.status).not.toBe(401);
    const event = eventFor(route, sound(route));
    event.headers['webhook-signature'] = `v1,AAAA ${event.headers['webhook-signature']} v2,xyz`;
    expect((await handler(event, context)).statusCode).not.toBe(401);
  });

  it('refuses a body over 64 KiB, by its bytes and before its signature', async () => {
    frontDoor();
    const headers = { 'webhook-signature': 'v1,' };
    const body = 'é'.repeat(32 * 1024);
    expect((await ask(route, { body: `${body}x`, headers })).status).toBe(413);
    expect((await ask(route, { body: `${body}x`, headers, base64: true })).status).toBe(413);
    expect((await ask(route, { body, headers })).status).toBe(401);
  });

  it.each([
    [429, 'ThrottlingException', 400],
    [503, 'InternalServerError', 500],
    [500, 'AccessDeniedException', 400],
  ])('answers %i when DynamoDB answers %s', async (status, name, httpStatus) => {
    const test = frontDoor();
    test.aws.inject = ({ operation }) =>
      /^dynamodb:/.test(operation)
        ? {
            kind: 'refuse',
            fault: new AwsFault(name, 'arn:aws:iam::111122223333:role/secret', { status: httpStatus }),
          }
        : undefined;
    const { body, headers, ...reply } = await ask(route, sound(route));
    expect(reply.status).toBe(status);
    expect(JSON.stringify(body)).not.toContain('arn:aws');
    expect(headers['retry-after']).toBe(status === 500 ? undefined : '5');
    expect(headers['content-type']).toBe('application/problem+json');
  });

  it('answers 500, and lets nobody in, where no secret is configured', async () => {
    frontDoor();
    delete process.env.WEBHOOK_SECRET_ID;
    expect((await ask(route, sound(route))).status).toBe(500);
  });
});

describe('what no route takes', () => {
  const sent = (method: string, rawPath: string) => {
    const event = eventFor('GET /environments');
    const requestContext = { ...event.requestContext, http: { ...event.requestContext.http, method } };
    return handler({ ...event, routeKey: '$default', rawPath, requestContext }, context);
  };

  it.each([
    '/',
    '//',
    '/environment',
    '/environments/',
    '/environments//',
    '//environments',
    '/environments/dev/',
    '/environments/dev/steps',
    '/%65nvironments',
    '/environments%2Fdev',
  ])('is answered 404 and what there is, at %s', async (path) => {
    frontDoor();
    const { statusCode, headers, body } = await sent('GET', path);
    expect(statusCode).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(problem.parse(JSON.parse(body)).detail).toContain('DELETE /environments/{name}');
  });

  it.each([
    ['PUT', '/environments', 'POST, GET'],
    ['DELETE', '/environments', 'POST, GET'],
    ['OPTIONS', '/environments', 'POST, GET'],
    ['POST', '/environments/dev', 'GET, DELETE'],
    ['HEAD', '/environments/%ff', 'GET, DELETE'],
  ])('is answered 405 and what can be done there, to %s %s', async (method, path, allow) => {
    frontDoor();
    const { statusCode, headers, body } = await sent(method, path);
    expect(statusCode).toBe(405);
    expect(headers).toMatchObject({ allow, 'content-type': 'application/problem+json' });
    expect(problem.parse(JSON.parse(body)).detail).toContain(allow);
  });

  it('needs neither a signature nor a secret', async () => {
    frontDoor();
    delete process.env.WEBHOOK_SECRET_ID;
    expect((await sent('GET', '/')).statusCode).toBe(404);
  });
});

describe('POST /environments', () => {
  const post = (options: Parameters<typeof ask>[1]) => ask('POST /environments', options);

  it('starts a run named after the message and says where to watch it', async () => {
    const test = frontDoor();
    const { status, headers, body } = await post({ body: request });
    expect(status).toBe(202);
    expect(headers.location).toBe('/environments/dev');
    expect(body.execution).toMatch(/^dev-[0-9a-f]{16}$/);
    expect(executions(test)).toMatchObject([{ machine: 'provision', name: body.execution, input: request }]);
  });

  it('takes a body that API Gateway has encoded', async () => {
    frontDoor();
    expect((await post({ body: request, base64: true })).status).toBe(202);
  });

  it('starts nothing twice, and gives the same answer, however often and late a message is delivered', async () => {
    const test = frontDoor();
    const first = await post({ id: 'msg', body: request });
    expect(await post({ id: 'msg', body: request })).toEqual(first);
    test.advance(3600);
    const { arn } = executions(test)[0]!;
    test.aws.inspect(homeRegion, (call) => finishExecution(call, arn, { status: 'SUCCEEDED' }));
    expect(await post({ id: 'msg', body: request })).toEqual(first);
    await held(test, 'somebody-elses');
    expect(await post({ id: 'msg', body: request })).toEqual(first);
    expect(executions(test)).toHaveLength(2);
  });

  it.each(['RUNNING', 'SUCCEEDED'])('refuses the id of another message, whose run is %s', async (status) => {
    const test = frontDoor();
    const first = await post({ id: 'msg', body: request });
    const { arn } = executions(test)[0]!;
    if (status === 'SUCCEEDED')
      test.aws.inspect(homeRegion, (call) => finishExecution(call, arn, { status: 'SUCCEEDED' }));
    const second = await post({ id: 'msg', body: JSON.stringify({ ...JSON.parse(request), size: 'large' }) });
    expect(second).toMatchObject({
      status: 409,
      body: { execution: first.body.execution, statusUrl: first.body.statusUrl },
    });
    expect(second.body.detail).toMatch(
      /^webhook-id "msg" stands for the message of \S+ that asked to provision environment "dev" \(run dev-/,
    );
    expect(executions(test)).toHaveLength(1);
  });

  it('refuses for another environment the id of a message, and binds nothing to what it refuses', async () => {
    const test = frontDoor();
    const other = JSON.stringify({ environment: 'other', region: 'eu-central-1' });
    expect((await post({ id: 'msg', body: '{}' })).status).toBe(400);
    expect((await post({ id: 'msg', body: request })).status).toBe(202);
    expect((await post({ id: 'msg', body: other })).status).toBe(409);
    expect((await post({ id: 'another', body: other })).status).toBe(202);
    expect(executions(test)).toHaveLength(2);
  });

  it('gives the same answer also once things have changed so that a new message would be refused', async () => {
    const test = frontDoor();
    const first = await post({ id: 'msg', body: request });
    const run = await held(test);
    await run.end({ status: 'READY', region: 'eu-west-1' });
    expect((await post({ body: request })).status).toBe(422);
    expect(await post({ id: 'msg', body: request })).toEqual(first);
  });

  it('starts the run of a message whose first delivery died between binding and starting', async () => {
    const test = frontDoor();
    test.aws.inject = ({ operation }) =>
      operation === 'states:StartExecution'
        ? { kind: 'refuse', fault: new AwsFault('InternalServerError', 'no', { status: 500 }) }
        : undefined;
    expect((await post({ id: 'msg', body: request })).status).toBe(503);
    expect(executions(test)).toEqual([]);
    test.aws.inject = undefined;
    test.advance(3600);
    const { status, body } = await post({ id: 'msg', body: request });
    expect(status).toBe(202);
    expect(executions(test)).toMatchObject([{ name: body.execution, input: request }]);
  });

  it('starts one run, of the same name, of deliveries that come at the same moment', async () => {
    const test = frontDoor();
    const replies = await Promise.all(Array.from({ length: 5 }, () => post({ id: 'msg', body: request })));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(replies.map(({ body }) => body.execution)).size).toBe(1);
    expect(executions(test)).toHaveLength(1);
  });

  it('of two messages under one id at the same moment takes one', async () => {
    const test = frontDoor();
    const bodies = ['dev', 'other'].map((environment) =>
      JSON.stringify({ environment, region: 'eu-central-1' }),
    );
    const replies = await Promise.all(bodies.map((body) => post({ id: 'msg', body })));
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(executions(test)).toHaveLength(1);
  });

  it('takes an id as that of a new message when Step Functions has forgotten the run of the old one', async () => {
    const test = frontDoor();
    const first = await post({ id: 'msg', body: request });
    test.aws.inspect(homeRegion, (call) =>
      finishExecution(call, executions(test)[0]!.arn, { status: 'SUCCEEDED' }),
    );
    test.advance(90 * 86_400 - 1);
    expect(await post({ id: 'msg', body: request })).toEqual(first);
    test.advance(2);
    const second = await post({ id: 'msg', body: request });
    expect(second.status).toBe(202);
    expect(second.body.execution).not.toBe(first.body.execution);
    expect(await post({ id: 'msg', body: request })).toEqual(second);
  });

  it('is refused by name of the run that holds the environment', async () => {
    const test = frontDoor();
    const run = await held(test);
    expect(await post({ body: request })).toMatchObject({
      status: 409,
      body: { execution: 'run-1', statusUrl: '/environments/dev' },
    });
    await run.end({ status: 'READY' });
    expect((await post({ body: request })).status).toBe(202);
  });

  it('takes no notice of a lock whose run is dead', async () => {
    const test = frontDoor();
    const { execution } = await held(test);
    test.aws.inspect(homeRegion, (call) => finishExecution(call, execution.id, { status: 'ABORTED' }));
    expect((await post({ body: request })).status).toBe(202);
  });

  it('lists every problem of a request at once', async () => {
    const test = frontDoor();
    const { status, body } = await post({
      body: '{"environment":"Dev","region":"here","vpc":"10.0.0.0/16"}',
    });
    expect(status).toBe(400);
    expect(body.problems).toHaveLength(3);
    expect(body.problems.join('\n')).toMatch(
      /environment "Dev": .*\nregion "here": .*\nvpc: there is no such field/,
    );
    expect(executions(test)).toEqual([]);
  });

  it.each(['', '{"environment":', 'null', '[]', '"dev"'])('refuses the body %j', async (body) => {
    frontDoor();
    const reply = await post({ body, headers: { 'content-type': 'application/json' } });
    expect(reply.status).toBe(400);
    expect(reply.body.problems).toHaveLength(1);
  });

  it.each([undefined, 'text/plain', 'application/jsonp', 'application/x-www-form-urlencoded'])(
    'refuses content of type %s',
    async (type) => {
      frontDoor();
      expect((await post({ body: request, headers: { 'content-type': type } })).status).toBe(415);
    },
  );

  it('takes JSON whose charset is named', async () => {
    frontDoor();
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await post({ body: request, headers })).status).toBe(202);
  });

  it('refuses an environment that is in another region, until it is gone from there', async () => {
    const test = frontDoor();
    const run = await held(test);
    const elsewhere = JSON.stringify({ environment: 'dev', region: 'eu-west-1' });
    expect((await post({ body: elsewhere })).status).toBe(422);
    await run.end({ status: 'GONE' });
    expect((await post({ body: elsewhere })).status).toBe(202);
  });
});

describe('GET /environments', () => {
  it('lists what the registry knows, by name', async () => {
    const test = frontDoor();
    expect((await ask('GET /environments')).body).toEqual({ environments: [], more: 0 });
    await held(test);
    const { body } = await ask('GET /environments');
    expect(body.environments).toMatchObject([
      { environment: 'dev', status: 'PROVISIONING', execution: 'run-1', statusUrl: '/environments/dev' },
    ]);
  });
});

describe('GET /environments/{name}', () => {
  const get = (options: Parameters<typeof ask>[1] = {}) => ask('GET /environments/{name}', options);

  it('does not know what the registry does not know, nor what can be no name', async () => {
    frontDoor();
    for (const name of ['dev', '', 'Dev', '__proto__', 'x'.repeat(3000)])
      expect((await get({ name })).status).toBe(404);
  });

  it('shows steps in the order of requesting, and when it will be ready', async () => {
    const test = frontDoor();
    await held(test);
    const since = new Date().toISOString();
    const common = { requested: true, retryAfterSeconds: 0, since, resources: {} };
    const target = samplePlan({ execution: 'run-1' });
    await reportProgress(target, { ...common, step: 'efs', status: 'pending', detail: 'mounting' });
    await reportProgress(target, { ...common, step: 'vpc', status: 'ready', detail: 'there' });
    test.advance(30);
    const { body } = await get();
    expect(body.steps).toMatchObject([
      { step: 'vpc', status: 'ready', since, detail: 'there' },
      { step: 'efs', status: 'pending', detail: 'mounting' },
    ]);
    expect(Date.parse(body.estimatedReadyAt) - Date.now()).toBe((10 + 630 + 10 + 165) * 1000);
    expect(body).toMatchObject({ status: 'PROVISIONING', execution: 'run-1' });
  });

  it('shows where a run stands in the queue at a rate, and counts the wait there', async () => {
    const test = frontDoor();
    await held(test);
    const since = new Date().toISOString();
    const hence = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
    const queue = { operation: 'ec2:CreateVpcEndpoint', place: 412, from: hence(1400), until: hence(1440) };
    const common = { requested: true, retryAfterSeconds: 60, since, resources: {}, detail: 'asked' };
    const target = samplePlan({ execution: 'run-1' });
    await reportProgress(target, { ...common, step: 'endpoints', status: 'pending', queue });
    test.advance(30);
    const { body } = await get();
    expect(body.steps).toMatchObject([{ step: 'endpoints', queue }]);
    // After its last call an endpoint comes up, EKS is connected, and nodes join.
    expect(Date.parse(body.estimatedReadyAt)).toBe(
      Date.parse(queue.until) + (10 + 10 + 120 + 10 + 165) * 1000,
    );
    expect((await ask('GET /environments')).body.environments).toMatchObject([{ environment: 'dev', queue }]);
    await reportProgress(target, { ...common, step: 'endpoints', status: 'ready' });
    expect((await get()).body.steps[0]).not.toHaveProperty('queue');
    expect((await ask('GET /environments')).body.environments[0]).not.toHaveProperty('queue');
  });

  it('shows outputs and the last failure, and of the lock and the request nothing', async () => {
    const test = frontDoor();
    const run = await held(test);
    const failure = {
      execution: 'run-1',
      error: 'AwsRefusedError',
      cause: 'vpc: refused. Everything this run made was taken back.',
      at: new Date().toISOString(),
      rollback: 'Everything this run made was taken back.',
    };
    await run.end({
      status: 'FAILED',
      failure,
      outputs: { vpc: { id: 'vpc-1' } },
      request: { tags: { a: 'b' } },
    });
    const { body } = await get();
    expect(body).toMatchObject({ status: 'FAILED', failure, outputs: { vpc: { id: 'vpc-1' } } });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['lock']));
    expect(JSON.stringify(body)).not.toMatch(/arn:aws:states|"request"|tags/);
  });

  it('shows the run that was asked for, also one that was refused before it held the environment', async () => {
    const test = frontDoor();
    const { execution } = (await ask('POST /environments', { body: request })).body;
    expect((await get({ query: { execution } })).body).toMatchObject({
      status: 'REQUESTED',
      steps: [],
      run: { execution, status: 'RUNNING' },
    });
    const end = { status: 'FAILED', error: 'PreflightFailedError', cause: 'no quota' } as const;
    test.aws.inspect(homeRegion, (call) => finishExecution(call, executions(test)[0]!.arn, end));
    expect((await get({ query: { execution } })).body.run).toMatchObject(end);
    await held(test);
    expect((await get({ query: { execution } })).body).toMatchObject({ status: 'PROVISIONING', run: end });
  });

  it.each(['run-1', 'dev-none', 'dev-:*', 'prod-1'])('shows no run %s', async (execution) => {
    const test = frontDoor();
    await held(test);
    expect((await get({ query: { execution } })).status).toBe(404);
  });
});

describe('DELETE /environments/{name}', () => {
  const remove = (options: Parameters<typeof ask>[1]) => ask('DELETE /environments/{name}', options);

  async function ready(test: TestAws) {
    const run = await held(test);
    await run.end({ status: 'READY' });
  }

  it('starts a removal once, confirmed in the body', async () => {
    const test = frontDoor();
    await ready(test);
    const body = JSON.stringify({ confirm: 'dev', finalSnapshots: false });
    const first = await remove({ id: 'msg', body });
    expect(first.status).toBe(202);
    expect(first.headers.location).toBe('/environments/dev');
    expect(await remove({ id: 'msg', body })).toEqual(first);
    const [started, ...others] = executions(test).filter(({ machine }) => machine === 'deprovision');
    expect(JSON.parse(started!.input)).toEqual({
      environment: 'dev',
      confirm: 'dev',
      finalSnapshots: false,
      deleteLogs: false,
    });
    expect(others).toEqual([]);
  });

  it('refuses the id of the message that provisioned, and the other way round', async () => {
    const test = frontDoor();
    const provisioned = await ask('POST /environments', { id: 'msg', body: request });
    await ready(test);
    const body = '{"confirm":"dev"}';
    const refused = await remove({ id: 'msg', body });
    expect(refused).toMatchObject({ status: 409, body: { execution: provisioned.body.execution } });
    expect(refused.body.detail).toContain('asked to provision environment "dev"');
    expect((await remove({ id: 'removal', body })).status).toBe(202);
    const again = await ask('POST /environments', { id: 'removal', body: request });
    expect(again.body.detail).toContain('asked to deprovision environment "dev"');
    expect(again.status).toBe(409);
    expect(executions(test).map(({ machine }) => machine)).toEqual(['deprovision', 'provision', 'provision']);
  });

  it('starts a removal confirmed in the header, where the header is what is signed', async () => {
    const test = frontDoor();
    await ready(test);
    const headers = { 'x-confirm': 'dev' };
    expect((await remove({ headers, signs: 'dev' })).status).toBe(202);
    expect(executions(test)[0]!.input).toContain('"finalSnapshots":true');
  });

  it('cannot be made out of a signed GET by adding a confirmation', async () => {
    const test = frontDoor();
    await ready(test);
    const { headers } = eventFor('GET /environments/{name}');
    expect(
      (await remove({ headers: { ...headers, 'x-confirm': 'dev' } as Record<string, string> })).status,
    ).toBe(401);
  });

  it.each([
    [400, { body: '' }],
    [400, { body: '{}' }],
    [400, { body: '{"confirm":"dev","createdBy":"run-1"}' }],
    [415, { body: '{"confirm":"dev"}', headers: { 'content-type': 'text/plain' } }],
    [422, { body: '{"confirm":"prod"}' }],
    [422, { headers: { 'x-confirm': 'Dev' }, signs: 'Dev' }],
  ])('answers %i to %j', async (status, options) => {
    const test = frontDoor();
    await ready(test);
    expect((await remove(options)).status).toBe(status);
    expect(executions(test)).toHaveLength(1);
  });

  it('does not remove what nobody knows', async () => {
    frontDoor();
    expect((await remove({ body: '{"confirm":"dev"}' })).status).toBe(404);
  });

  it('is refused by name of the run that holds the environment', async () => {
    await held(frontDoor());
    expect(await remove({ body: '{"confirm":"dev"}' })).toMatchObject({
      status: 409,
      body: { execution: 'run-1' },
    });
  });
});

it('knows no other route', async () => {
  frontDoor();
  for (const routeKey of ['$default /', 'constructor /', '__proto__ /']) {
    expect((await handler(eventFor(routeKey), context)).statusCode).toBe(404);
  }
});

describe('a fleet', () => {
  const post = (options: Parameters<typeof ask>[1]) => ask('POST /fleets', options);
  const get = (name: string) => ask('GET /fleets/{name}', { name });

  it('is started once however often its message comes, and says where to watch it', async () => {
    const test = frontDoor();
    const first = await post({ id: 'msg', body: fleetRequest });
    expect(first.status).toBe(202);
    const { execution, statusUrl } = first.body;
    expect(execution).toMatch(/^customers-[0-9a-f]{16}$/);
    expect(statusUrl).toBe(`/fleets/${execution}`);
    expect(first.headers.location).toBe(statusUrl);
    expect(await post({ id: 'msg', body: fleetRequest })).toEqual(first);
    expect(executions(test)).toMatchObject([{ machine: 'fleet', name: execution, input: fleetRequest }]);
  });

  it('is refused with all that is wrong with it and its environments', async () => {
    const test = frontDoor();
    const body = JSON.stringify({ fleet: 'x', environments: [{ environment: 'One' }, { region: 'moon' }] });
    const { status, body: problem } = await post({ body });
    expect(status).toBe(400);
    expect(problem.problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^environments\[0\] \(One\): environment "One": must start/),
        expect.stringMatching(/^environments\[0\] \(One\): region: is required/),
        expect.stringMatching(/^environments\[1\] \(undefined\): environment: is required/),
      ]),
    );
    expect((await post({ body: fleetRequest, headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect(executions(test)).toEqual([]);
  });

  it('whose list lies in an object is taken as it is: only its machine can read that', async () => {
    frontDoor();
    expect((await post({ body: '{"fleet":"x","list":"a.json"}' })).status).toBe(202);
    expect((await post({ body: '{"fleet":"x","list":"a.json","environments":[]}' })).status).toBe(400);
  });

  it('is refused under the id of another message', async () => {
    frontDoor();
    const first = await post({ id: 'msg', body: fleetRequest });
    const other = await post({ id: 'msg', body: fleetRequest.replace('customers', 'others') });
    expect(other).toMatchObject({
      status: 409,
      body: { execution: first.body.execution, statusUrl: first.body.statusUrl },
    });
    expect(other.body.detail).toContain('asked to start fleet "customers"');
  });

  it('shows its run, and who has ended how once it is accepted', async () => {
    const test = frontDoor();
    const { execution } = (await post({ body: fleetRequest })).body;
    expect((await get(execution)).body).toMatchObject({ execution, run: { status: 'RUNNING' } });
    await beginFleetRecord({
      fleet: 'customers',
      execution,
      action: 'provision',
      environments: ['one', 'two', 'three', 'four'],
      stopAt: 1,
      startedAt: new Date().toISOString(),
      predictedEnd: new Date().toISOString(),
    });
    const at = new Date().toISOString();
    await recordMemberEnd(execution, 'one', { status: 'SUCCEEDED', execution: 'one-1', at });
    await recordMemberEnd(execution, 'two', {
      status: 'FAILED',
      execution: 'two-1',
      error: 'E',
      cause: 'why',
      at,
    });
    await recordMemberEnd(execution, 'two', { status: 'SUCCEEDED', at });
    await recordMemberEnd(execution, 'three', { status: 'NOT_STARTED', at });
    const { status, body } = await get(execution);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      environments: 4,
      succeeded: ['one'],
      failed: ['two'],
      notStarted: ['three'],
      underWay: ['four'],
      ends: { two: { cause: 'why' } },
    });
    expect((await get('nobody')).status).toBe(404);
    expect((await get('no:body')).status).toBe(404);
    for (const [name, httpStatus, expected] of [
      ['ThrottlingException', 400, 429],
      ['InternalServerError', 500, 503],
    ] as const) {
      test.aws.inject = ({ operation }) =>
        operation === 'states:DescribeExecution'
          ? { kind: 'refuse', fault: new AwsFault(name, 'no', { status: httpStatus }) }
          : undefined;
      expect((await get(execution)).status).toBe(expected);
    }
  });
});

it('was seen to give every answer that is documented', () => {
  expect([...answered].sort()).toEqual(documented().sort());
});
