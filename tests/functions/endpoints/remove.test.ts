import { DeleteVpcEndpointsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { remove } from '#functions/endpoints/remove.ts';
import { deleteEndpoints } from '#lib/network/endpoints.ts';
import { testAws, untilDone } from '../../support/embedded.ts';
import { countsOf, ec2, ensureNetwork, mutationsOf, once } from '../../support/network-steps.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

async function world() {
  const test = testAws();
  const resources = await ensureNetwork(test, samplePlan(), 'endpoints');
  return { test, resources };
}

describe('remove endpoints', () => {
  it('deletes the twelve in one call and waits until none is listed', async () => {
    const { test } = await world();
    const { answer } = await untilDone(test, 'endpoints', remove, sampleRemoval());
    expect(answer.status).toBe('gone');
    expect(countsOf(test)).not.toHaveProperty('ec2:vpc-endpoint');
    const calls = mutationsOf(test, 'ec2:DeleteVpcEndpoints');
    expect(calls).toHaveLength(1);
    expect(calls[0]?.input.VpcEndpointIds).toHaveLength(12);
  });

  it('counts absence as success', async () => {
    const { answer, looks } = await untilDone(testAws(), 'endpoints', remove, sampleRemoval());
    expect(answer.status).toBe('gone');
    expect(looks).toBe(1);
  });

  it('goes on when the answer is lost', async () => {
    const { test } = await world();
    test.aws.inject = once(test, 'ec2:DeleteVpcEndpoints', { kind: 'answer-lost' });
    expect((await untilDone(test, 'endpoints', remove, sampleRemoval())).answer.status).toBe('gone');
  });

  it('takes back only what the named run made', async () => {
    const { test, resources } = await world();
    const VpcEndpointIds = [resources.endpointIds!.sts!];
    await ec2().send(new DeleteVpcEndpointsCommand({ VpcEndpointIds }));
    test.advance(300);
    await ensureNetwork(test, samplePlan({ execution: 'run-2' }), 'endpoints');
    await untilDone(test, 'endpoints', remove, sampleRemoval({ createdBy: 'run-2' }));
    expect(countsOf(test)['ec2:vpc-endpoint']).toBe(11);
  });

  afterEach(() => mockClient(EC2Client).restore());

  it('throws what AWS lists as not deleted, as the error it is, unless that is its absence', async () => {
    const answer = (Code: string) => ({
      Unsuccessful: [{ ResourceId: 'vpce-1', Error: { Code, Message: 'no' } }],
    });
    const mock = mockClient(EC2Client);
    mock.on(DeleteVpcEndpointsCommand).resolves(answer('InvalidVpcEndpoint.NotFound'));
    await deleteEndpoints(samplePlan(), [{ VpcEndpointId: 'vpce-1' }]);
    mock.on(DeleteVpcEndpointsCommand).resolves(answer('UnauthorizedOperation'));
    await expect(deleteEndpoints(samplePlan(), [{ VpcEndpointId: 'vpce-1' }])).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      operation: 'ec2:DeleteVpcEndpoints',
      message: 'vpce-1: no',
    });
  });
});
