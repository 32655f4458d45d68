/** What the console's buttons ask of the service: a plan, a run, a removal, each through the doors others come by. */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ActionAnswer, PlanDocument } from '#console/api.ts';
import { homeClient } from '#lib/aws/clients.ts';
import { parseRemoval } from '#lib/request/removal.ts';
import { parseRequest } from '#lib/request/request.ts';
import { assertFree, readEnvironment } from '#lib/run/registry.ts';
import { executionName } from '../account.ts';
import { planDocument } from '../commands/plan.ts';
import type { MachineName } from '../runner.ts';
import type { Desk } from './desk.ts';

/** `done`: work that takes simulated time. `takeUp`: a run was started. */
export function serviceActions(
  done: <T>(work: () => Promise<T>) => Promise<T>,
  takeUp: () => void,
): NonNullable<Desk['actions']> {
  const start = (machine: MachineName, environment: string, input: unknown): Promise<ActionAnswer> =>
    done(async () => {
      const name = executionName(environment, machine);
      const arn =
        machine === 'provision'
          ? process.env.PROVISION_STATE_MACHINE_ARN
          : process.env.DEPROVISION_STATE_MACHINE_ARN;
      // Asked as a courtesy: the run itself takes the lock (W6).
      const holder = { id: '', name, startTime: new Date().toISOString() };
      await assertFree(await readEnvironment(environment), holder);
      const request = { stateMachineArn: arn, name, input: JSON.stringify(input) };
      await homeClient(SFNClient).send(new StartExecutionCommand(request));
      takeUp();
      return { execution: name };
    });
  return {
    plan: (request) => done(async () => (await planDocument(request)) as PlanDocument),
    provision: async (request) => start('provision', parseRequest(request).environment, request),
    deprovision: async (removal) => start('deprovision', parseRemoval(removal).environment, removal),
  };
}
