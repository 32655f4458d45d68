import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, expect, it } from 'vitest';
import { EndpointCalls } from '#local/endpoint.ts';

let server: Server;
afterEach(() => server.close());

it('asks once what is refused, however far the clock of the server is from the virtual one', async () => {
  let asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString());
    response.writeHead(400, { 'content-type': 'text/xml' });
    response.end(
      '<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>no</Message></Error></Errors></Response>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const calls = new EndpointCalls(`http://127.0.0.1:${port}`);
  const ec2 = new EC2Client({ region: 'eu-central-1', ...calls.clientConfig });
  ec2.middlewareStack.use(calls.plugin);
  await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toThrow('no');
  expect(asked).toBe(1);
  expect(calls.requests).toEqual({ 'ec2:DescribeVpcs': 1 });
});
