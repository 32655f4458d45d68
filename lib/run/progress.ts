/** How far the steps are, for those who watch: written by each step, read by whoever asks the registry. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { homeClient } from '#lib/aws/clients.ts';
import type { EnvironmentTarget, Queued, RemovalTarget, StepAnswer } from './environment.ts';
import { log } from './log.ts';
import type { RegistryItem, StepProgress } from './registry.ts';
import { stepNames } from './steps.ts';

/**
 * A step's latest answer. Best effort: a run does not fail because its progress could not be written down. What a
 * rollback answers is kept apart: "gone" is then said of what one run made.
 */
export async function reportProgress(environment: EnvironmentTarget, answer: StepAnswer): Promise<void> {
  const TableName = process.env.REGISTRY_TABLE;
  if (!TableName) return;
  const { status, since, detail, step, queue, queuedSeconds } = answer;
  const { name, execution } = environment;
  const isRollback = (environment as Partial<RemovalTarget>).createdBy !== undefined;
  const at = new Date().toISOString();
  try {
    await homeClient(DynamoDBClient).send(
      new UpdateItemCommand({
        TableName,
        Key: marshall({ environment: name }),
        UpdateExpression: 'SET #steps.#step = :progress, #updatedAt = :at',
        ConditionExpression: 'attribute_exists(#lock)',
        ExpressionAttributeNames: {
          '#steps': isRollback ? 'takingBack' : 'steps',
          '#step': step,
          '#updatedAt': 'updatedAt',
          '#lock': 'lock',
        },
        ExpressionAttributeValues: marshall(
          { ':progress': { status, since, detail, queue, queuedSeconds, at, execution }, ':at': at },
          { removeUndefinedValues: true },
        ),
      }),
    );
  } catch (error) {
    log.warn('progress not recorded', { environment: name, step, error: error as Error });
  }
}

/** `taken-back`: what the latest run made of it is gone again, and what was there before stands. */
type ShownStatus = StepProgress['status'] | 'taken-back';

export interface ShownProgress extends Omit<StepProgress, 'status'> {
  readonly step: string;
  readonly status: ShownStatus;
}

type Steps = Pick<RegistryItem, 'steps' | 'takingBack' | 'empty'>;

/** Of every step that has begun, in the order of requesting. */
export function progressOf(item: Steps): ShownProgress[] {
  return stepNames.flatMap((step) => {
    const back = item.takingBack?.[step];
    const seen = back ?? item.steps[step];
    if (!seen) return [];
    // Where the run that was taken back is all there ever was, gone is gone.
    const stands = back?.status === 'gone' && !item.empty;
    return [{ step, ...seen, ...(stands ? takenBack(seen) : {}) }];
  });
}

/** Where it waits for its turn at one of AWS's rates. Of several, the one it waits for longest. */
export function queueOf(item: Steps): Queued | undefined {
  const queues = progressOf(item).flatMap(({ status, queue }) =>
    status === 'pending' && queue ? [queue] : [],
  );
  return queues.sort((one, other) => (one.until < other.until ? 1 : -1))[0];
}

function takenBack({ detail }: StepProgress): Pick<ShownProgress, 'status' | 'detail'> {
  const isLeft = detail.startsWith('left as it is');
  return {
    status: 'taken-back',
    detail: isLeft ? detail : 'what the run made of it is taken back; what was there before stays',
  };
}
