import { expect, it } from 'vitest';
import type { CallRecord } from '#embedded/engine.ts';
import { emptyState, makeCall } from '#embedded/model.ts';
import { rdsState } from '#embedded/services/rds/state.ts';
import { watching } from '#local/sweep/watch.ts';

it('hears of a database that loses its last instance, and of none that never had one', () => {
  const call = makeCall(emptyState(1, 0), {
    account: '111122223333',
    region: 'eu-central-1',
    caller: 'nobody',
  });
  const heard: string[] = [];
  const watch = watching(
    (_region, look) => look(call),
    (why) => heard.push(why),
  );
  const record = { operation: 'rds:DeleteDBInstance', mutates: true, region: 'eu-central-1' } as CallRecord;
  const state = rdsState(call);
  state.clusters.one = { id: 'one' } as never;
  watch(record, undefined, {});
  expect(heard).toEqual([]);
  state.instances['one-1'] = { id: 'one-1', clusterId: 'one', status: 'available' } as never;
  watch(record, undefined, {});
  (state.instances['one-1'] as { status: string }).status = 'deleting';
  watch(record, undefined, {});
  watch(record, undefined, {});
  expect(heard).toEqual(['cluster one lost its last at rds:DeleteDBInstance']);
});
