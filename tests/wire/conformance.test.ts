/**
 * The embedded AWS held to moto: the same calls through the same SDK clients, answers compared. moto stands here
 * without the layer. Needs `moto_server`; without it everything here is skipped.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asker, type Outcome, type World } from './conformance/ask.ts';
import { compareOutcomes, type Difference, type MembersApart } from './conformance/compare.ts';
import { sequences } from './conformance/sequences/index.ts';
import { embeddedWorld, motoWorld } from './conformance/worlds.ts';
import { listedDifferences } from './conformance-differences.ts';
import { findMoto, type MotoServer, startMoto } from './support/moto.ts';

const minute = 60_000;

describe.skipIf(!findMoto())('the embedded AWS and moto', { timeout: minute }, () => {
  let moto: MotoServer;
  const apart: MembersApart = { unread: new Set(), modelled: new Set() };
  const found: Difference[] = [];
  const compared = { calls: 0, operations: new Set<string>() };

  beforeAll(async () => {
    moto = await startMoto();
  }, minute);

  afterAll(() => {
    vi.useRealTimers();
    moto.stop();
    console.log(figures());
  });

  it.each(Object.keys(sequences))('%s: every difference is listed with its reason', async (name) => {
    const embedded = await outcomesOf(name, embeddedWorld());
    const remote = await outcomesOf(name, motoWorld(moto.url));
    expect([...embedded.keys()]).toEqual([...remote.keys()]);
    const differences = [...embedded].flatMap(([label, outcome]) => {
      compared.calls += 1;
      compared.operations.add(outcome.operation);
      return compareOutcomes(`${name}: ${label}`, outcome, remote.get(label) as Outcome, apart);
    });
    found.push(...differences);
    expect(unique(differences).filter((difference) => !isListed(difference))).toEqual([]);
  });

  it('lists no difference that is none any more', () => {
    expect(listedDifferences.filter((listed) => !found.some((one) => same(one, listed)))).toEqual([]);
  });

  it('gives the AWS page for every difference', () => {
    for (const { page, reason } of listedDifferences) {
      expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(reason.length).toBeGreaterThan(10);
    }
  });

  async function outcomesOf(name: string, world: World): Promise<Map<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    await sequences[name]?.(asker(world, outcomes));
    return outcomes;
  }

  function figures(): string {
    return (
      `Conformance: ${compared.calls} calls of ${compared.operations.size} operations compared; ` +
      `${listedDifferences.length} differences listed; ${apart.unread.size} members only moto tells and no handler reads; ` +
      `${apart.modelled.size} members only the embedded AWS tells, as AWS's model has them.`
    );
  }
});

function same(one: Difference, other: Difference): boolean {
  return one.at === other.at && one.embedded === other.embedded && one.moto === other.moto;
}

function isListed(difference: Difference): boolean {
  return listedDifferences.some((listed) => same(listed, difference));
}

function unique(differences: readonly Difference[]): Difference[] {
  return differences.filter((one, index) => differences.findIndex((other) => same(one, other)) === index);
}
