/** One repair: an operation that moto lacks or gets wrong, and the AWS page that says what is right. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { WireAnswer, WireRequest } from './message.ts';

/** The moto behind the layer: the request as it came, or calls of the layer's own. */
export interface Moto {
  forward(request: WireRequest): Promise<WireAnswer>;
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly elasticache: ElastiCacheClient;
}

export interface Repair {
  /** Such as `eks:CreateAddon`; DocumentDB's calls arrive as `rds:`. */
  readonly operation: string;
  /** What moto does. */
  readonly moto: string;
  /** Where AWS says what this repair does instead. */
  readonly page: string;
  readonly answer: (request: WireRequest, moto: Moto) => Promise<WireAnswer>;
}
