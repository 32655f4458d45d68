/** The layer in front of moto: its list is in the documentation, and each piece cites AWS. Needs no moto. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allRepairs } from './layer/layer.ts';
import { listOf, queryResult, wireRequest, withForm } from './layer/message.ts';
import { Generations } from './layer/repairs/generations.ts';

const documentation = readFileSync(fileURLToPath(new URL('../../docs/wire.md', import.meta.url)), 'utf8');

describe('every repair', () => {
  it('repairs an operation of its own', () => {
    const operations = allRepairs().map(({ operation }) => operation);
    expect(new Set(operations).size).toBe(operations.length);
  });

  it.each(allRepairs())(
    '$operation is documented and cites the AWS page it follows',
    ({ operation, page, moto }) => {
      expect(documentation).toContain(`\`${operation}\``);
      expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(moto).not.toBe('');
    },
  );
});

describe('a request on the wire', () => {
  const signed = (service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=test/20261101/eu-central-1/${service}/aws4_request, SignedHeaders=host`,
  });

  it('is known by path where the service names no operation', () => {
    const request = wireRequest('POST', '/clusters/dev/addons', signed('eks'), '{}');
    expect(request).toMatchObject({ operation: 'eks:CreateAddon', region: 'eu-central-1' });
  });

  it('is known by its form, whose lists keep their order', () => {
    const headers = { ...signed('rds'), 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'Action=CreateDBCluster&Ids.member.2=b&Ids.member.10=c&Ids.member.1=a';
    const request = wireRequest('POST', '/', headers, body);
    expect(request.operation).toBe('rds:CreateDBCluster');
    expect(listOf(request.form, 'Ids')).toEqual(['a', 'b', 'c']);
    expect(withForm(request, { Engine: 'docdb' }).body).toContain('Engine=docdb');
    expect(queryResult(request, { DBCluster: { Port: 27017, Name: 'a<b' } }).body).toContain(
      '<CreateDBClusterResult><DBCluster><Port>27017</Port><Name>a&lt;b</Name></DBCluster></CreateDBClusterResult>',
    );
  });
});

it('names that moto keeps taken come back as their own', () => {
  const names = new Generations();
  expect(names.inMoto('redis')).toBe('redis');
  names.next('redis');
  const second = names.inMoto('redis');
  expect(second).not.toBe('redis');
  expect(names.restore(`<Id>${second}</Id>`)).toBe('<Id>redis</Id>');
  expect([names.isAlive('redis'), names.isAlive(second)]).toEqual([false, true]);
});
