/**
 * Every answer of AWS this program has an opinion on: code, text where AWS distinguishes by text, operation where it
 * matters, what it means, and who says so. The first row that fits decides; what fits none is `unknown` and fails.
 * The rows that mean `pending` are printed in docs/reliability.md, which a test holds equal to them.
 */
import type { ErrorRow } from './error-row.ts';
import { accessRows, blockedRows, lastingRows } from './error-table-lasting.ts';
import { notFoundYetRows, pendingRows } from './error-table-pending.ts';
import { notFoundRows, wishedRows } from './error-table-wished.ts';

const sdk = '@smithy/core, retry/service-error-classification/constants';
const ec2Errors = 'AWSEC2/latest/APIReference/errors-overview.html';

const rateRows: readonly ErrorRow[] = [
  {
    means: 'configuration',
    codes: ['TooManyRequests'],
    on: ['efs:*'],
    advice: 'EFS allows this change 24 hours after the last one; run again then',
    when: 'a second change of the throughput within 24 hours: no rate of calls, though it is called so',
    source: 'efs/latest/ug/API_UpdateFileSystem.html',
  },
  {
    means: 'throttled',
    codes: [
      'Throttling',
      'Throttled',
      'RequestLimitExceeded',
      'TooManyRequests',
      'RequestThrottled',
      'SlowDown',
      'EC2Throttled',
      'BandwidthLimitExceeded',
      'PriorRequestNotComplete',
      'ProvisionedThroughputExceeded',
      'TransactionInProgress',
    ],
    when: 'too many calls',
    // LimitExceeded is among them for the SDK; of IAM and the rest it is a quota (aws-facts 0.3).
    source: `${sdk} (THROTTLING_ERROR_CODES)`,
  },
  {
    means: 'throttled',
    codes: ['QueuedError'],
    when: 'the call was not made: its turn at the rate of AWS comes later',
    source: 'lib/aws/gate.ts',
  },
  { means: 'throttled', text: /^rate exceeded/i, when: 'too many calls', source: 'aws-facts 0.3' },
];

const withoutAnswer = (status: number | undefined): boolean => status === undefined;

/** Nobody answered: the socket, the resolver, TLS, a proxy. Nothing is known of the call's effect. */
const wireRows: readonly ErrorRow[] = [
  {
    means: 'transient',
    codes: ['TimeoutError', 'RequestTimeout', 'NetworkingError', 'AbortError'],
    when: 'no answer in time',
    source: `${sdk} (TRANSIENT_ERROR_CODES)`,
  },
  {
    means: 'transient',
    codes: ['ECONN*', 'EPIPE', 'ETIMEDOUT', 'EHOST*', 'ENET*', 'ENOTFOUND', 'EAI_*', 'EADDR*', 'EPROTO'],
    when: 'socket or resolver',
    source: `${sdk} (NODEJS_TIMEOUT_ERROR_CODES, NODEJS_NETWORK_ERROR_CODES); nodejs.org/api/errors.html; takomo#441, aws-sdk-js-v3#5236, aws-cdk#787`,
  },
  {
    means: 'transient',
    codes: ['ERR_SSL_*', 'ERR_TLS_HANDSHAKE_TIMEOUT', 'ERR_STREAM_*', 'ERR_HTTP2_*', 'UND_ERR_*', 'HPE_*'],
    status: withoutAnswer,
    when: 'a TLS alert or a connection that broke in the middle',
    source: 'nodejs.org/api/errors.html',
  },
  {
    means: 'transient',
    text: /socket hang up|getaddrinfo|network socket disconnected|read ECONN|write E|tlsv1 alert|ssl alert/i,
    status: withoutAnswer,
    when: 'the same, where Node.js gives no code',
    source: 'nodejs/node lib/_http_client.js, lib/_tls_wrap.js',
  },
  {
    means: 'transient',
    codes: ['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture'],
    when: 'the clock of a sandbox that was frozen; the SDK corrects it with the answer',
    source: `${sdk} (CLOCK_SKEW_ERROR_CODES)`,
  },
];

const serverRows: readonly ErrorRow[] = [
  {
    means: 'transient',
    codes: [
      'InternalError',
      'InternalFailure',
      'InternalServer',
      'InternalServerError',
      'ServiceUnavailable',
      'ServiceFailure',
      'Server',
      'Unavailable',
    ],
    when: 'AWS failed',
    source: ec2Errors,
  },
];

/** In the order in which they are asked. */
export const errorTable: readonly ErrorRow[] = [
  ...rateRows,
  ...wireRows,
  ...accessRows,
  ...blockedRows,
  ...wishedRows,
  ...pendingRows,
  ...lastingRows,
  ...notFoundYetRows,
  ...notFoundRows,
  ...serverRows,
];
