/** IAM: roles, their policies, and OpenID Connect providers. */
import { limitOf } from '#embedded/limits.ts';
import { read, type ServiceModel } from '#embedded/model.ts';
import { oidcOperations } from './oidc-providers.ts';
import { policyOperations } from './policies.ts';
import { roleOperations } from './roles.ts';
import { iamState, isServiceLinked } from './state.ts';

export const iam: ServiceModel = {
  service: 'iam',
  operations: {
    ...roleOperations,
    ...policyOperations,
    ...oidcOperations,
    GetAccountSummary: read({}, (_input, call) => ({
      SummaryMap: {
        Roles: Object.keys(iamState(call).roles).length,
        RolesQuota: limitOf(call, 'L-FE177D64'),
        Providers: Object.keys(iamState(call).oidcProviders).length,
      },
    })),
  },
  inventory: (call) => {
    const { roles, oidcProviders } = iamState(call);
    const records = Object.values(roles).filter((role) => !role.placed);
    return {
      'iam:role': records.filter((role) => !isServiceLinked(role)).map((role) => role.name),
      'iam:service-linked-role': records.filter(isServiceLinked).map((role) => role.name),
      'iam:oidc-provider': Object.keys(oidcProviders),
    };
  },
};
