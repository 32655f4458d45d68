import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AslScope, type Diagram, diagramOf } from '#console/graph/fold.ts';
import { linesOf, type PlacedBox } from '#console/graph/layout.ts';
import { layouts } from '#console/graph/write.ts';

const file = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const asl = (machine: string): AslScope => file(`../../statemachines/${machine}.asl.json`);
const committed = file('../../console/graph/layouts.json') as Awaited<ReturnType<typeof layouts>>;

/** Every state of a scope and of what is inside it. */
function statesOf(scope: AslScope): string[] {
  return Object.entries(scope.States).flatMap(([name, { Branches = [] }]) => [
    name,
    ...Branches.flatMap(statesOf),
  ]);
}
const standsFor = ({ boxes }: Diagram): string[] =>
  boxes.flatMap(({ states, branches }) => [...states, ...branches.flatMap(standsFor)]);

describe.each(['provision', 'deprovision'])('the graph of %s', (machine) => {
  it.each([true, false])('stands for every state once (folded %s)', (folded) => {
    expect(standsFor(diagramOf(asl(machine), folded)).sort()).toEqual(statesOf(asl(machine)).sort());
  });

  it('reads every loop as one step, so that no wait and no question of one is a box', () => {
    const boxes = committed[machine]!.folded.boxes;
    expect(boxes.filter(({ id }) => /^Wait |ready\?$|gone\?$|requested\?$/.test(id))).toEqual([]);
    expect(boxes.filter(({ kind }) => kind === 'step').length).toBeGreaterThanOrEqual(12);
  });

  it('has boxes that overlap only where one is inside the other, with room for their text', () => {
    for (const { boxes } of [committed[machine]!.folded, committed[machine]!.whole]) {
      for (const [index, one] of boxes.entries()) {
        expect(one.width, one.id).toBeGreaterThan(Math.max(...one.lines.map(({ length }) => length)) * 6.5);
        for (const other of boxes.slice(index + 1)) {
          expect(
            apart(one, other) || inside(one, other) || inside(other, one),
            `${one.id} / ${other.id}`,
          ).toBe(true);
        }
      }
    }
  });
});

describe.each(['provision', 'deprovision'])('the arrows of %s', (machine) => {
  it.each(['folded', 'whole'] as const)('cross no box, and so no label (%s)', (kind) => {
    const { boxes, arrows } = committed[machine]![kind];
    for (const { points, from, to } of arrows)
      for (const [index, start] of points.slice(0, -1).entries())
        for (const box of boxes.filter(({ kind: of }) => of !== 'group'))
          expect(crosses(start, points[index + 1]!, box), `${from} → ${to} over ${box.id}`).toBe(false);
  });
});

type Point = readonly [number, number];

/** Segments go straight down or across. */
function crosses([x1, y1]: Point, [x2, y2]: Point, { x, y, width, height }: PlacedBox): boolean {
  return (
    Math.max(x1, x2) > x + 1 &&
    Math.min(x1, x2) < x + width - 1 &&
    Math.max(y1, y2) > y + 1 &&
    Math.min(y1, y2) < y + height - 1
  );
}

const apart = (one: PlacedBox, other: PlacedBox) =>
  one.x + one.width <= other.x ||
  other.x + other.width <= one.x ||
  one.y + one.height <= other.y ||
  other.y + other.height <= one.y;
const inside = (inner: PlacedBox, outer: PlacedBox) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

it('is laid out from the committed machines (npm run machines)', async () => {
  expect(await layouts()).toEqual(committed);
});

it('breaks titles between words', () => {
  expect(linesOf('Request NAT, Internet Gateway and routes')).toEqual([
    'Request NAT,',
    'Internet Gateway',
    'and routes',
  ]);
});
