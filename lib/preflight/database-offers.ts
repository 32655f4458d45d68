/** What each database service offers: engine versions, and the classes that can be ordered. */
import {
  DocDBClient,
  paginateDescribeOrderableDBInstanceOptions as documentdbOptions,
  paginateDescribeDBEngineVersions as documentdbVersions,
} from '@aws-sdk/client-docdb';
import {
  paginateDescribeOrderableDBInstanceOptions as auroraOptions,
  paginateDescribeDBEngineVersions as auroraVersions,
  type DescribeDBEngineVersionsMessage,
  type DescribeOrderableDBInstanceOptionsMessage,
  RDSClient,
} from '@aws-sdk/client-rds';
import { type AwsTarget, client } from '#lib/aws/clients.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';

export interface Option {
  readonly StorageType?: string | undefined;
  readonly AvailabilityZones?: readonly { readonly Name?: string | undefined }[] | undefined;
}

interface Version {
  readonly EngineVersion?: string | undefined;
  readonly ValidUpgradeTarget?: readonly { readonly EngineVersion?: string | undefined }[] | undefined;
}

interface Offers {
  engineVersionPages(
    input: Pick<DescribeDBEngineVersionsMessage, 'Engine' | 'EngineVersion' | 'DefaultOnly'>,
  ): AsyncIterable<{
    readonly DBEngineVersions?: readonly Version[];
  }>;
  orderablePages(
    input: Pick<
      DescribeOrderableDBInstanceOptionsMessage,
      'Engine' | 'EngineVersion' | 'DBInstanceClass' | 'Vpc'
    >,
  ): AsyncIterable<{ readonly OrderableDBInstanceOptions?: readonly Option[] }>;
}

export const offersOf: Readonly<Record<DatabaseIdentity['step'], (target: AwsTarget) => Offers>> = {
  aurora: (target) => ({
    engineVersionPages: (input) => auroraVersions({ client: client(RDSClient, target) }, input),
    orderablePages: (input) => auroraOptions({ client: client(RDSClient, target) }, input),
  }),
  documentdb: (target) => ({
    engineVersionPages: (input) => documentdbVersions({ client: client(DocDBClient, target) }, input),
    orderablePages: (input) => documentdbOptions({ client: client(DocDBClient, target) }, input),
  }),
};
