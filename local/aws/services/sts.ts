/** STS: who am I. */
import { read, type ServiceModel } from '../model.ts';

export const sts: ServiceModel = {
  service: 'sts',
  operations: {
    GetCallerIdentity: read({}, (_input, call) => ({
      Account: call.account,
      Arn: call.caller,
      UserId: 'AIDAEMBEDDED',
    })),
  },
};
