/**
 * Where everything of a diagram stands, computed when the console is built: machines do not change while they run.
 * Sizes are in CSS pixels at the console's own type size; text is measured before it is laid out, generously, as the
 * fonts of the people who look at it differ.
 */
import Elk, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Box, Diagram } from './fold.ts';

export interface PlacedBox {
  readonly id: string;
  readonly kind: Box['kind'];
  readonly comment: string;
  readonly states: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The title, broken into lines that fit. */
  readonly lines: readonly string[];
}

export interface PlacedArrow {
  readonly from: string;
  readonly to: string;
  readonly kind: 'next' | 'error';
  readonly points: readonly (readonly [number, number])[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Outer boxes before what is inside them. */
  readonly boxes: readonly PlacedBox[];
  readonly arrows: readonly PlacedArrow[];
}

const characterWidth = 7.4;
const lineHeight = 18;
const mostCharacters = 16;
const paddingX = 14;
const paddingY = 11;
/** Below the title, inside the box: there no arrow crosses it. */
const timeHeight = 8;
const timeWidth = 48;
const groupTitle = 34;

/** From top to bottom, in the order of the file. No arrow crosses a group's frame, so each is laid out by itself. */
const layered = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.layered.spacing.nodeNodeBetweenLayers': '34',
  'elk.spacing.nodeNode': '18',
  'elk.spacing.edgeNode': '18',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  // Branches hang together through nothing but their group: side by side, not packed.
  'elk.separateConnectedComponents': 'false',
  'elk.edgeRouting': 'ORTHOGONAL',
};

export async function layoutOf(diagram: Diagram): Promise<Layout> {
  const boxes = new Map<string, Box>();
  const root: ElkNode = await new Elk.default().layout<ElkNode>(
    {
      id: 'machine',
      layoutOptions: layered,
      ...contentOf(diagram, '', boxes),
    },
    {},
  );
  const placed: PlacedBox[] = [];
  const arrows: PlacedArrow[] = [];
  collect(root, 0, 0, boxes, placed, arrows);
  return { width: Math.ceil(root.width ?? 0), height: Math.ceil(root.height ?? 0), boxes: placed, arrows };
}

/** `branch` tells apart the branches of one group, which are frames without a name of their own. */
function contentOf(
  diagram: Diagram,
  path: string,
  boxes: Map<string, Box>,
): Pick<ElkNode, 'children' | 'edges'> {
  return {
    children: diagram.boxes.map((box) => {
      boxes.set(box.id, box);
      return box.branches.length > 0 ? groupNode(box, boxes) : leafNode(box);
    }),
    edges: diagram.arrows.map(({ from, to, kind }) => ({
      id: `${path}${from}→${to}:${kind}`,
      sources: [from],
      targets: [to],
    })),
  };
}

function leafNode(box: Box): ElkNode {
  const lines = linesOf(box.id);
  const longest = Math.max(...lines.map(({ length }) => length));
  return {
    id: box.id,
    width: Math.ceil(longest * characterWidth) + 2 * paddingX,
    height: lines.length * lineHeight + 2 * paddingY + timeHeight,
  };
}

function groupNode(box: Box, boxes: Map<string, Box>): ElkNode {
  const contents = box.branches.map((branch, index) => contentOf(branch, `${box.id}#${index}/`, boxes));
  return {
    id: box.id,
    layoutOptions: {
      ...layered,
      'elk.padding': `[top=${groupTitle + 10},left=18,bottom=18,right=18]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${Math.ceil(box.id.length * characterWidth) + 2 * paddingX + timeWidth}, 60)`,
    },
    children: contents.flatMap(({ children }) => children ?? []),
    edges: contents.flatMap(({ edges }) => edges ?? []),
  };
}

/** Whole words, at most so many characters a line. */
export function linesOf(title: string): string[] {
  const lines: string[] = [];
  for (const word of title.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= mostCharacters)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function collect(
  node: ElkNode,
  x: number,
  y: number,
  boxes: ReadonlyMap<string, Box>,
  placed: PlacedBox[],
  arrows: PlacedArrow[],
): void {
  for (const child of node.children ?? []) {
    const box = boxes.get(child.id) as Box;
    const at = { x: x + (child.x ?? 0), y: y + (child.y ?? 0) };
    placed.push({
      id: box.id,
      kind: box.kind,
      comment: box.comment,
      states: box.states,
      x: round(at.x),
      y: round(at.y),
      width: round(child.width ?? 0),
      height: round(child.height ?? 0),
      lines: box.branches.length > 0 ? [box.id] : linesOf(box.id),
    });
    collect(child, at.x, at.y, boxes, placed, arrows);
  }
  for (const edge of (node.edges ?? []) as (ElkExtendedEdge & { container?: string })[]) {
    // Points of an edge are relative to the node it is declared in.
    const points = (edge.sections ?? []).flatMap((section) => [
      section.startPoint,
      ...(section.bendPoints ?? []),
      section.endPoint,
    ]);
    arrows.push({
      from: edge.sources[0] as string,
      to: edge.targets[0] as string,
      kind: edge.id.endsWith(':error') ? 'error' : 'next',
      points: points.map((point) => [round(x + point.x), round(y + point.y)]),
    });
  }
}

const round = (value: number) => Math.round(value * 10) / 10;
