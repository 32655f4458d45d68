import {
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  DocDBClient,
} from '@aws-sdk/client-docdb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { documentdbIdentity } from '#lib/data/identities.ts';
import { documentdbReads } from '#lib/data/reads.ts';
import { observeDatabase } from '#lib/verify/observe-databases.ts';
import { samplePlan } from '../../support/plan.ts';

const docdb = mockClient(DocDBClient);

function withParameterGroup(DBClusterParameterGroup: string): void {
  docdb.on(DescribeDBClustersCommand).resolves({
    DBClusters: [{ DBClusterIdentifier: 'aoscloud-dev-documentdb', DBClusterParameterGroup }],
  });
}

function observed() {
  const plan = samplePlan();
  return observeDatabase(documentdbIdentity, documentdbReads(plan), plan);
}

describe('TLS of DocumentDB', () => {
  beforeEach(() => {
    docdb.reset();
    docdb.on(DescribeDBSubnetGroupsCommand).resolves({});
    docdb.on(DescribeDBInstancesCommand).resolves({});
  });

  it('is on with the default parameter group, without another call', async () => {
    withParameterGroup('default.docdb5.0');
    expect((await observed())?.servesTls).toBe(true);
    expect(docdb.commandCalls(DescribeDBClusterParametersCommand)).toHaveLength(0);
  });

  it.each([
    ['enabled', true],
    ['fips-140-3', true],
    ['disabled', false],
    [undefined, false],
  ])('is what another group says, on whichever page: %s', async (ParameterValue, expected) => {
    withParameterGroup('tuned');
    docdb
      .on(DescribeDBClusterParametersCommand)
      .resolvesOnce({ Parameters: [{ ParameterName: 'audit_logs', ParameterValue: 'enabled' }], Marker: '2' })
      .resolves({ Parameters: [{ ParameterName: 'tls', ParameterValue }] });
    expect((await observed())?.servesTls).toBe(expected);
  });
});
