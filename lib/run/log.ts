/** The one logger of all handlers. Facts in lower case, ids as fields. */
import { Logger } from '@aws-lambda-powertools/logger';

export const log = new Logger({ serviceName: 'aoscloud-provisioning' });
