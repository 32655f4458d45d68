import { describe, expect, it } from 'vitest';
import { steps } from '#lib/run/steps.ts';
import { handlers } from '../../serverless/handlers.mjs';

describe('handlers', () => {
  it('gives every step two functions, by key, name and path', () => {
    for (const step of Object.keys(steps))
      for (const verb of ['ensure', 'remove'])
        expect(handlers().find(({ path }) => path === `functions/${step}/${verb}.ts`)).toMatchObject({
          name: `${step}-${verb}`,
        });
    expect(handlers()).toContainEqual({
      key: 'SecurityGroupsEnsure',
      name: 'security-groups-ensure',
      path: 'functions/security-groups/ensure.ts',
    });
  });

  it('takes the files directly in functions/ too, and no other file of a step folder', () => {
    const paths = handlers().map(({ path }) => path);
    expect(paths).toContain('functions/accept-removal.ts');
    expect(paths).not.toContain('functions/efs/observe.ts');
  });
});
