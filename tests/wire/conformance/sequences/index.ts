/** Every sequence of the conformance suite, by its name. */
import type { Sequence } from '../ask.ts';
import { dataSequences } from './data.ts';
import { eksSequences } from './eks.ts';
import { gatewaySequences } from './gateways.ts';
import { groupSequences } from './groups.ts';
import { identitySequences } from './iam.ts';
import { networkSequences } from './network.ts';

export const sequences: Readonly<Record<string, Sequence>> = {
  ...networkSequences,
  ...gatewaySequences,
  ...groupSequences,
  ...identitySequences,
  ...eksSequences,
  ...dataSequences,
};
