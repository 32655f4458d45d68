import { afterEach, expect, test, vi } from 'vitest';
import { efsState } from '#embedded/services/efs/state.ts';
import { openService } from '#local/aws-client/service.ts';
import { main } from '#local/main.ts';
import { devRequest, runMachine } from '../../support/workflow.ts';

// The clients are those of the run before it: registry and account on one embedded AWS.
vi.mock('#local/aws-client/service.ts');
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('drift --aws compares what the stage made with the account', async () => {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  const { account, startedAt, seconds } = await runMachine('provision', devRequest, { name: 'made' });
  // A day later: the rates of AWS have filled up again.
  vi.useFakeTimers({ toFake: ['Date'], now: startedAt + (seconds + 86_400) * 1000 });
  expect(await main(['drift', 'dev', '--aws', '--stage', 'prod', '--json'])).toBe(0);
  expect(openService).toHaveBeenCalledWith(expect.objectContaining({ stage: 'prod' }));
  account.aws.inspect(devRequest.region, (call) => {
    const [fileSystem] = Object.values(efsState(call).fileSystems);
    fileSystem!.backup = 'DISABLED';
  });
  out = '';
  expect(await main(['drift', 'dev', '--aws', '--stage', 'prod', '--json'])).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    environment: 'dev',
    drift: [{ of: 'efs.backup', expected: 'true', found: 'false' }],
  });
});
