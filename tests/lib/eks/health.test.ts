import { describe, expect, it } from 'vitest';
import { issuesAdvice, issuesText } from '#lib/eks/health.ts';

describe('what EKS says is wrong', () => {
  it('names code, resources and message of every issue', () => {
    expect(
      issuesText([
        { code: 'NodeCreationFailure', message: 'Instances failed to join', resourceIds: ['i-1', 'i-2'] },
        { code: 'AccessDenied' },
      ]),
    ).toBe('NodeCreationFailure (i-1, i-2): Instances failed to join; AccessDenied: no message');
  });

  it('says so when EKS names nothing', () => {
    expect(issuesText(undefined)).toBe('EKS names no issue');
  });

  it('advises on the first issue it knows', () => {
    expect(issuesAdvice([{ code: 'New' }, { code: 'InstanceLimitExceeded' }])).toContain('vCPU quota');
    expect(issuesAdvice([])).toContain('run again');
  });
});
