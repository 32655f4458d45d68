/** EFS: backup policies, and the tags and states moto gets wrong. */
import { json, jsonError, pathPart } from '../message.ts';
import type { Repair } from '../repair.ts';

const reference = 'https://docs.aws.amazon.com/efs/latest/ug';

export function efsRepairs(): Repair[] {
  const policies = new Map<string, unknown>();
  const key = (request: Parameters<Repair['answer']>[0]) =>
    `${request.region}/${pathPart(request, 'file-systems')}`;
  return [
    {
      operation: 'elasticfilesystem:DescribeReplicationConfigurations',
      moto: 'lacks it, and replications',
      page: `${reference}/API_DescribeReplicationConfigurations.html`,
      answer: async () => jsonError(404, 'ReplicationNotFound', 'There is no replication configuration.'),
    },
    {
      operation: 'elasticfilesystem:PutBackupPolicy',
      moto: 'lacks it',
      page: `${reference}/API_PutBackupPolicy.html`,
      answer: async (request) => {
        const { BackupPolicy } = JSON.parse(request.body) as { BackupPolicy: unknown };
        policies.set(key(request), BackupPolicy);
        return json(200, { BackupPolicy });
      },
    },
    {
      operation: 'elasticfilesystem:DescribeBackupPolicy',
      moto: 'tells only what the file system was created with',
      page: `${reference}/API_DescribeBackupPolicy.html`,
      answer: async (request, moto) => {
        const BackupPolicy = policies.get(key(request));
        return BackupPolicy ? json(200, { BackupPolicy }) : moto.forward(request);
      },
    },
  ];
}
