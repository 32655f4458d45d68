/** Somebody who deletes things behind the project's back. */
import { DeleteVpcEndpointsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { client } from '#lib/aws/clients.ts';
import type { Account } from '#local/account.ts';
import { inventoryOf } from '#local/inventory.ts';

/** Deletes one endpoint and answers its id. */
export async function deleteOneEndpoint(account: Account): Promise<string> {
  const [id] = inventoryOf(account)['ec2:vpc-endpoint'] as [string];
  await client(EC2Client, { region: 'eu-central-1' }).send(
    new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }),
  );
  return id;
}
