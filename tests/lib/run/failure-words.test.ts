import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aftermath, endless, listed, partsOf, wordsOf } from '#lib/run/failure-words.ts';
import { stepNames } from '#lib/run/steps.ts';

const name = fc.stringMatching(/^[a-z]([a-z-]{0,12}[a-z])?$/);
const operation = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}:[A-Z]\w{0,20}$/);
const code = fc.stringMatching(/^[A-Z][\w.-]{0,20}$/);
const requestId = fc.stringMatching(/^[\w-]{1,36}$/);
/** Words of any kind, AWS's own among them: it writes colons, brackets, full stops and line breaks. */
const sentence = fc
  .oneof(
    fc.string({ maxLength: 60, unit: 'grapheme' }),
    fc
      .array(fc.constantFrom('a', 'VPC vpc-1', ': ', '. ', '(', ')', '\n- ', '{"x":1}', "'", '?'), {
        maxLength: 12,
      })
      .map((pieces) => pieces.join('')),
  )
  .map(endless);
/** What nobody says in a failure: it would be a part of its own. */
const isPart = (text: string) =>
  /^[a-z][a-z-]*: |What to do: |was refused with|answered| \(request \S+\)$/.test(text);
const plain = sentence.filter((text) => text !== '' && !isPart(text));

const optional = <T>(part: fc.Arbitrary<T>) => fc.option(part, { nil: undefined });
const told = fc.record({ step: name, what: plain, todo: plain });
const refused = fc
  .tuple(told, optional(operation), code, optional(requestId), fc.boolean())
  .map(([parts, where, what, request, isSilent]) => ({
    ...parts,
    ...(where === undefined ? {} : { operation: where }),
    code: what,
    ...(request === undefined ? {} : { requestId: request }),
    ...(isSilent ? { what: '' } : {}),
  }));

describe('words and parts', () => {
  it('are each the inverse of the other', () => {
    fc.assert(
      fc.property(fc.oneof(told, refused), fc.constantFrom('was refused with', 'answered'), (parts, verb) => {
        const words = wordsOf(parts, verb as 'answered');
        expect(partsOf(words)).toEqual(parts);
        expect(wordsOf(partsOf(words) as typeof parts, verb as 'answered')).toBe(words);
      }),
    );
  });

  it('are found again with what became of the run behind them', () => {
    fc.assert(
      fc.property(fc.oneof(told, refused), fc.constantFrom(...Object.values(aftermath)), (parts, begins) => {
        expect(partsOf(`${wordsOf(parts)} ${begins} a: b. What to do: c.`)).toEqual(parts);
      }),
    );
  });

  it('end every sentence once, whether or not it came with a full stop', () => {
    const parts = { step: 'vpc', operation: 'ec2:CreateVpc', code: 'VpcLimitExceeded', requestId: 'r-1' };
    const words =
      'vpc: ec2:CreateVpc was refused with VpcLimitExceeded: No more (request r-1). What to do: ask for more.';
    expect(wordsOf({ ...parts, what: 'No more.', todo: 'ask for more.' })).toBe(words);
    expect(wordsOf({ ...parts, what: 'No more', todo: 'ask for more' })).toBe(words);
  });
});

describe('a list of findings', () => {
  const lines = [
    wordsOf({ what: 'quota "VPCs": 5 of 5', todo: 'ask for more' }),
    wordsOf({ operation: 'ec2:DescribeVpcs', code: 'AccessDenied', what: 'no', todo: 'allow it' }),
  ];
  const what = listed('it cannot be made', lines, 'Nothing was made');

  it('is one event, names the refusal of AWS in it, and has its own advice at the end', () => {
    expect(partsOf(wordsOf({ step: 'accept', what, todo: 'do what each line says' }))).toEqual({
      step: 'accept',
      operation: 'ec2:DescribeVpcs',
      code: 'AccessDenied',
      what,
      todo: 'do what each line says',
    });
  });
});

it('finds in foreign words what is in them', () => {
  expect(partsOf('States.Timeout')).toEqual({ what: 'States.Timeout' });
  expect(partsOf('eks-nodes: not done after 46 minutes')).toEqual({
    step: 'eks-nodes',
    what: 'not done after 46 minutes',
  });
});

it('are composed in one place: who throws types neither a step nor "What to do"', () => {
  const root = `${import.meta.dirname}/../../..`;
  const sources = globSync('{functions,lib,local}/**/*.ts', { cwd: root });
  const places = [...stepNames, 'accept', 'accept-removal', 'verify', 'record-result'].join('|');
  const hasPlace = new RegExp(`Error\\(\\s*[\`'](?:\\$\\{(?:\\w+\\.)*step\\}|${places}): `);
  const typed = sources.filter((path) => {
    const code = readFileSync(`${root}/${path}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    return code.includes('What to do: ') || hasPlace.test(code);
  });
  expect(sources.length).toBeGreaterThan(150);
  expect(typed).toEqual(['lib/run/failure-words.ts']);
});
