import { describe, expect, it } from 'vitest';
import { listed, type ProvisionReport, printEnd, reportStatusOf } from '#local/report.ts';

const report: ProvisionReport = {
  environment: 'dev',
  status: 'SUCCEEDED',
  simulatedSeconds: 794,
  transitions: 229,
  requests: { 'ec2:DescribeVpcs': 3, 'ec2:CreateVpc': 1, 'iam:GetRole': 2, 'eks:ListAddons': 1 },
  resources: {},
  steps: [],
  rules: [],
};

function printed(changes: Partial<ProvisionReport>, unavoidable?: { seconds: number; chain: string }) {
  const lines: string[] = [];
  printEnd((line) => lines.push(line), { ...report, ...changes }, [], unavoidable);
  return lines;
}

describe('what exists after a run', () => {
  it('is what is listed', async () => {
    expect(await listed(async () => ({ 'ec2:vpc': ['vpc-1'] }))).toEqual({
      resources: { 'ec2:vpc': ['vpc-1'] },
    });
  });

  it('hides nothing of the run where the listing fails', async () => {
    const failing = () => Promise.reject(new Error('503'));
    const seen = await listed(failing);
    expect(seen).toEqual({ resources: {}, unlisted: '503' });
    expect(printed(seen)).toContain('What exists could not be listed: 503');
    expect(printed(seen)).toContain('Time: 13:14 simulated.');
  });
});

describe('the end of a run', () => {
  it('counts its calls, and those that change something', () => {
    expect(printed({})).toContain('AWS calls: 7, of which 1 change something. State transitions: 229.');
  });

  it('stands beside the chain nobody could avoid, where it made anything and ended well', () => {
    const chain = { seconds: 766, chain: 'nodes 132 s' };
    const words = '; the slowest unavoidable chain took 12:46 (nodes 132 s).';
    expect(printed({}, chain)[0]).toBe(`Time: 13:14 simulated${words}`);
    expect(printed({ status: 'FAILED' }, chain)[0]).toBe('Time: 13:14 simulated.');
    expect(printed({ requests: { 'ec2:DescribeVpcs': 3 } }, chain)[0]).toBe('Time: 13:14 simulated.');
  });

  it('says the error and its cause of a failure, and nothing of one that was stopped', () => {
    const error = { name: 'AwsRefusedError', cause: 'vpc: no' };
    expect(printed({ status: 'FAILED', error }).slice(-2)).toEqual([
      'dev FAILED: AwsRefusedError',
      'vpc: no',
    ]);
    expect(printed({ status: 'ABORTED' }).at(-1)).toBe('');
  });

  it('is a failure where the machine ran out of time', () => {
    expect(reportStatusOf({ status: 'TIMED_OUT' })).toBe('FAILED');
    expect(reportStatusOf({ status: 'ABORTED' })).toBe('ABORTED');
  });
});
