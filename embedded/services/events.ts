/** EventBridge: accepts events onto the default bus and keeps them. No rule reacts to them here. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type ServiceModel } from '#embedded/model.ts';

export interface KeptEvent {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly source: string;
  readonly detailType: string;
  /** JSON text, as given. */
  readonly detail: string;
  readonly resources: readonly string[];
}

interface EventsState {
  kept: KeptEvent[];
}

function eventsState(call: Call): EventsState {
  return call.state<EventsState>('events', () => ({ kept: [] }));
}

/** Everything put onto the bus, oldest first. */
export function keptEvents(call: Call): readonly KeptEvent[] {
  return eventsState(call).kept;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const entry = z.strictObject({
  Source: z.string(),
  DetailType: z.string(),
  Detail: z.string(),
  Resources: z.array(z.string()).optional(),
  EventBusName: z.literal('default').optional(),
});

export const events: ServiceModel = {
  service: 'events',
  operations: {
    PutEvents: mutation({ Entries: z.array(entry) }, (input, call) => {
      if (input.Entries.length < 1 || input.Entries.length > 10)
        throw new AwsFault('ValidationException', 'Entries must have 1 to 10 members');
      // A bad entry is refused by itself, in an answer of status 200.
      const entries = input.Entries.map((one) => {
        if (!isJsonObject(one.Detail))
          return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
        if (one.Source.startsWith('aws.'))
          return {
            ErrorCode: 'NotAuthorizedForSourceException',
            ErrorMessage: `Not authorized for the source.`,
          };
        const id = `${call.hex(8)}-${call.hex(4)}-${call.hex(4)}-${call.hex(4)}-${call.hex(12)}`;
        eventsState(call).kept.push({
          id,
          at: call.now,
          source: one.Source,
          detailType: one.DetailType,
          detail: one.Detail,
          resources: one.Resources ?? [],
        });
        return { EventId: id };
      });
      return {
        Entries: entries,
        FailedEntryCount: entries.filter((one) => 'ErrorCode' in one).length,
      };
    }),
  },
};
