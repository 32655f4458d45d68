/** SDK clients as anybody would make them: none of this project's code between them and the endpoint. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DocDBClient } from '@aws-sdk/client-docdb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EFSClient } from '@aws-sdk/client-efs';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export type PlainClients = ReturnType<typeof plainClients>;

export function plainClients(endpoint: string, region: string) {
  const config = {
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return {
    ec2: new EC2Client(config),
    eks: new EKSClient(config),
    rds: new RDSClient(config),
    docdb: new DocDBClient(config),
    elasticache: new ElastiCacheClient(config),
    efs: new EFSClient(config),
    iam: new IAMClient(config),
    logs: new CloudWatchLogsClient(config),
    secrets: new SecretsManagerClient(config),
  };
}
