/** What an account has beside an environment: services that put things into its VPC, and neighbours. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { AwsFault, type AwsState, type Call } from '#embedded/model.ts';
import { monitorRuntimes, placeGatewayEndpoint } from '#embedded/services/ec2/others-endpoints.ts';
import { ec2State } from '#embedded/services/ec2/state.ts';
import { MemoryStore } from '#embedded/store.ts';
import { configureClients } from '#lib/aws/clients.ts';
import { remainingVpcBlockers } from '#lib/removal-preflight/remaining-blockers.ts';
import { openAccount } from '#local/account.ts';
import { sampleRemoval } from '../support/plan.ts';
import { devRemoval, devRequest, freshAccount, type Run, runMachine } from '../support/workflow.ts';

const { region } = devRequest;

/** The state after somebody outside has done something in it. */
function arranged(from: AwsState, arrange: (call: Call) => unknown): AwsState {
  const store = new MemoryStore(structuredClone(from));
  openAccount({ store, latencySeconds: 0 }).aws.inspect(region, (call) => ({ done: arrange(call) }));
  return store.snapshot();
}

function driftOf({ result }: Run): Record<string, readonly string[]> {
  const { verification } = result.output as {
    verification: { rules: { rule: string; drift?: readonly string[] }[] };
  };
  return Object.fromEntries(verification.rules.flatMap(({ rule, drift }) => (drift ? [[rule, drift]] : [])));
}

describe('an account with runtime monitoring of GuardDuty', () => {
  const monitored = arranged(freshAccount(), (call) => monitorRuntimes(call, true));
  let first: Run;
  beforeAll(async () => {
    first = await runMachine('provision', devRequest, { from: monitored });
  });

  it('has its environment, with an endpoint and a group that are not the environment’s', () => {
    expect(first.result).toMatchObject({ status: 'SUCCEEDED' });
    expect(first.resources['ec2:vpc-endpoint']).toHaveLength(13);
    expect(driftOf(first)).toEqual({ R18: [expect.stringContaining("is GuardDuty's")] });
  });

  it('is changed by no second run', async () => {
    const second = await runMachine('provision', devRequest, {
      from: first.store.snapshot(),
      name: 'second',
    });
    expect(second.result.status, second.result.cause).toBe('SUCCEEDED');
    expect(second.mutating).toBe(0);
  });

  it('has nothing that would remain in the way of the VPC, with everything of the environment still there', async () => {
    const store = new MemoryStore(first.store.snapshot());
    const { aws } = openAccount({ store, latencySeconds: 0 });
    vi.useFakeTimers({ toFake: ['Date'], now: first.store.snapshot().now });
    configureClients({ config: aws.clientConfig, plugin: aws.plugin });
    expect(await remainingVpcBlockers(sampleRemoval())).toEqual([]);
    vi.useRealTimers();
  });

  it('has nothing left after the removal', async () => {
    const removal = await runMachine('deprovision', devRemoval, {
      from: first.store.snapshot(),
      name: 'end',
    });
    expect(removal.result.status, removal.result.cause).toBe('SUCCEEDED');
    expect(Object.keys(removal.resources).filter((type) => type.startsWith('ec2:'))).toEqual([]);
  });

  it('has nothing left after a rollback', async () => {
    const fault = new AwsFault('AccessDeniedException', 'no node groups here', { status: 403 });
    const failed = await runMachine('provision', devRequest, {
      from: monitored,
      inject: ({ operation }) =>
        operation === 'eks:CreateNodegroup' ? { kind: 'refuse', fault } : undefined,
    });
    expect(failed.result.status).toBe('FAILED');
    expect(failed.result.cause).toContain('eks:CreateNodegroup');
    expect(Object.keys(failed.resources).filter((type) => type.startsWith('ec2:'))).toEqual([]);
  });
});

it('an environment that stands comes through what neighbours do, and reports it', async () => {
  const first = await runMachine('provision', devRequest);
  const changed = arranged(first.store.snapshot(), (call) => {
    const { vpcs, routeTables } = ec2State(call);
    const [vpc] = Object.values(vpcs);
    vpcs['vpc-theirs'] = { ...vpc!, id: 'vpc-theirs', cidr: '10.231.128.0/17', tags: { Name: 'lab' } };
    placeGatewayEndpoint(call, vpc!.id, Object.keys(routeTables));
  });
  const second = await runMachine('provision', devRequest, { from: changed, name: 'second' });
  expect(second.result.status, second.result.cause).toBe('SUCCEEDED');
  expect(second.mutating).toBe(0);
  expect(driftOf(second)).toEqual({
    R4: [expect.stringContaining('10.231.128.0/17 of vpc-theirs (lab)')],
    R17: [expect.stringContaining('routes pl-6ea54007 to vpce-')],
  });
});
