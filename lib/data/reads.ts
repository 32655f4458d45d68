/** The reading calls of Aurora and DocumentDB, each with the SDK package of its own. */
import {
  DescribeDBClustersCommand as DescribeDocumentdbClusters,
  DescribeDBSubnetGroupsCommand as DescribeDocumentdbSubnetGroups,
  DocDBClient,
  paginateDescribeDBInstances as documentdbInstances,
  paginateDescribeDBClusterParameters as documentdbParameters,
  ListTagsForResourceCommand as ListDocumentdbTags,
} from '@aws-sdk/client-docdb';
import {
  DescribeDBClustersCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBInstances,
  RDSClient,
} from '@aws-sdk/client-rds';
import { type AwsTarget, client } from '#lib/aws/clients.ts';
import type { DatabaseReads } from './service.ts';

export function auroraReads(target: AwsTarget): DatabaseReads {
  const rds = client(RDSClient, target);
  return {
    describeClusters: (input) => rds.send(new DescribeDBClustersCommand(input)),
    instancePages: (input) => paginateDescribeDBInstances({ client: rds }, input),
    describeSubnetGroups: (input) => rds.send(new DescribeDBSubnetGroupsCommand(input)),
    parameterPages: (input) => paginateDescribeDBClusterParameters({ client: rds }, input),
    listTags: (input) => rds.send(new ListTagsForResourceCommand(input)),
  };
}

export function documentdbReads(target: AwsTarget): DatabaseReads {
  const docdb = client(DocDBClient, target);
  return {
    describeClusters: (input) => docdb.send(new DescribeDocumentdbClusters(input)),
    instancePages: (input) => documentdbInstances({ client: docdb }, input),
    describeSubnetGroups: (input) => docdb.send(new DescribeDocumentdbSubnetGroups(input)),
    parameterPages: (input) => documentdbParameters({ client: docdb }, input),
    listTags: (input) => docdb.send(new ListDocumentdbTags(input)),
  };
}
