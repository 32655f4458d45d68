import { expect, it } from 'vitest';
import { wrapped } from '#local/prose.ts';
import { lines, table } from '#local/table.ts';

const endpoints = table(['endpoint', 'id', 'DNS name']);
endpoints.push(
  ['ec2', 'vpce-1', 'vpce-1.ec2.eu-central-1.vpce.amazonaws.com'],
  ['elasticache', 'vpce-22', ''],
);

it('has its columns side by side where there is room, and in a file', () => {
  const whole = [
    'endpoint     id       DNS name',
    'ec2          vpce-1   vpce-1.ec2.eu-central-1.vpce.amazonaws.com',
    'elasticache  vpce-22',
  ].join('\n');
  expect(lines(endpoints, Number.POSITIVE_INFINITY)).toBe(whole);
  expect(lines(endpoints, 64)).toBe(whole);
});

it('has what does not fit below, whole', () => {
  expect(lines(endpoints, 63)).toBe(
    [
      'endpoint     id',
      'ec2          vpce-1',
      '  vpce-1.ec2.eu-central-1.vpce.amazonaws.com',
      'elasticache  vpce-22',
    ].join('\n'),
  );
  expect(lines(endpoints, 15)).toBe(
    [
      'endpoint',
      'ec2',
      '  vpce-1',
      '  vpce-1.ec2.eu-central-1.vpce.amazonaws.com',
      'elasticache',
      '  vpce-22',
    ].join('\n'),
  );
});

it('keeps its first column on a terminal narrower than that', () => {
  expect(lines(endpoints, 4).split('\n')[0]).toBe('endpoint');
});

it('breaks sentences between words, and goes on indented', () => {
  expect(wrapped('one two three four five six seven', 24)).toBe('one two three four\n  five six seven');
  expect(wrapped('- vpcCidr: one two three four', 24)).toBe('- vpcCidr: one two three\n  four');
  expect(wrapped('      interrupts pods, which move', 26)).toBe('      interrupts pods,\n      which move');
  expect(wrapped('head\nshort', 24)).toBe('head\nshort');
});

it('leaves what is copied in one line: a command, and a word longer than the terminal', () => {
  const command = '  aws secretsmanager get-secret-value --region eu-central-1 --secret-id arn:aws:x';
  expect(wrapped(command, 24)).toBe(command);
  const word = `  ${'x'.repeat(60)}`;
  expect(wrapped(word, 24)).toBe(word);
});
