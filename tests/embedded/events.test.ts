import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { keptEvents } from '#embedded/services/events.ts';
import { client } from '#lib/aws/clients.ts';
import { testAws } from '../support/embedded.ts';

const region = 'eu-central-1';
const entry = { Source: 'aoscloud.environments', DetailType: 'Environment Requested', Detail: '{"a":1}' };

test('accepted events are kept in their order', async () => {
  const { aws } = testAws();
  const answer = await client(EventBridgeClient, { region }).send(
    new PutEventsCommand({ Entries: [entry, { ...entry, Detail: '{"a":2}' }] }),
  );
  expect(answer.FailedEntryCount).toBe(0);
  const kept = aws.inspect(region, keptEvents);
  expect(kept.map((event) => event.detail)).toEqual(['{"a":1}', '{"a":2}']);
  expect(kept[0]?.id).toBe(answer.Entries?.[0]?.EventId);
});

test('a malformed entry fails by itself, in an answer that succeeds', async () => {
  const { aws } = testAws();
  const answer = await client(EventBridgeClient, { region }).send(
    new PutEventsCommand({ Entries: [entry, { ...entry, Detail: 'no json' }] }),
  );
  expect(answer).toMatchObject({
    FailedEntryCount: 1,
    Entries: [{ EventId: expect.any(String) }, { ErrorCode: 'MalformedDetail' }],
  });
  expect(aws.inspect(region, keptEvents)).toHaveLength(1);
});
