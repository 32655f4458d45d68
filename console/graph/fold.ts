/**
 * From a machine's ASL to what a person looks at: a loop of Task, Choice, Wait (and the Fail and Succeed states that
 * only serve it) reads as one step, a Parallel as a group of branches. Nothing here knows a state by its name.
 */

interface AslState {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Branches?: readonly AslScope[];
  readonly ItemProcessor?: AslScope;
}

export interface AslScope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, AslState>>;
}

/** `step`: a loop read as one. `group`: a Parallel or Map. The rest are the ASL types. */
type BoxKind = 'step' | 'task' | 'choice' | 'wait' | 'succeed' | 'fail' | 'group' | 'pass';

export interface Box {
  /** The state it is named after; unique in its machine. */
  readonly id: string;
  readonly kind: BoxKind;
  readonly comment: string;
  /** Every state it stands for, its own first. A group's do not include those of its branches. */
  readonly states: readonly string[];
  /** A group's branches, from left to right. */
  readonly branches: readonly Diagram[];
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  /** `error`: a Catch leads there. */
  readonly kind: 'next' | 'error';
}

export interface Diagram {
  readonly start: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** The diagram of a scope with loops read as one step, or (`folded` false) with every state as a box of its own. */
export function diagramOf(scope: AslScope, folded: boolean): Diagram {
  const loops = folded ? loopsOf(scope) : new Map<string, Loop>();
  const inside = new Map(
    [...loops.values()].flatMap(({ head, states }) => states.map((name) => [name, head])),
  );
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  for (const [name, state] of Object.entries(scope.States)) {
    if ((inside.get(name) ?? name) !== name) continue;
    const loop = loops.get(name);
    boxes.push({
      id: name,
      kind: loop ? 'step' : kindOf(state),
      comment: state.Comment ?? '',
      states: loop?.states ?? [name],
      branches: branchesOf(state).map((branch) => diagramOf(branch, folded)),
    });
    for (const { to, kind } of exitsOf(scope, loop?.states ?? [name])) {
      const target = inside.get(to) ?? to;
      if (target !== name) arrows.push({ from: name, to: target, kind });
    }
  }
  return { start: inside.get(scope.StartAt) ?? scope.StartAt, boxes, arrows: distinct(arrows) };
}

interface Loop {
  readonly head: string;
  readonly states: readonly string[];
}

/** A Task whose Choice leads to a Wait that leads back to it. */
function loopsOf({ States }: AslScope): Map<string, Loop> {
  const loops = new Map<string, Loop>();
  for (const [wait, state] of Object.entries(States)) {
    const task = state.Type === 'Wait' ? state.Next : undefined;
    const choice = task === undefined ? undefined : States[task]?.Next;
    if (task === undefined || choice === undefined || States[choice]?.Type !== 'Choice') continue;
    if (!targetsOf(States[choice]!).some(({ to }) => to === wait)) continue;
    const ends = targetsOf(States[choice]!)
      .map(({ to }) => to)
      .filter((to) => isOnlyReachedFrom(States, to, choice) && isTerminal(States[to]!));
    loops.set(task, { head: task, states: [task, choice, wait, ...ends] });
  }
  return loops;
}

function isTerminal({ Type }: AslState): boolean {
  return Type === 'Succeed' || Type === 'Fail';
}

function isOnlyReachedFrom(states: AslScope['States'], target: string, from: string): boolean {
  return Object.entries(states).every(
    ([name, state]) => name === from || !targetsOf(state).some(({ to }) => to === target),
  );
}

function exitsOf({ States }: AslScope, names: readonly string[]): { to: string; kind: Arrow['kind'] }[] {
  return names.flatMap((name) => targetsOf(States[name]!)).filter(({ to }) => !names.slice(1).includes(to));
}

function targetsOf({ Next, Default, Choices, Catch }: AslState): { to: string; kind: Arrow['kind'] }[] {
  const next = [Next, ...(Choices ?? []).map((choice) => choice.Next), Default].filter(
    (to): to is string => to !== undefined,
  );
  return [
    ...next.map((to) => ({ to, kind: 'next' as const })),
    ...(Catch ?? []).map(({ Next: to }) => ({ to, kind: 'error' as const })),
  ];
}

function branchesOf({ Branches, ItemProcessor }: AslState): readonly AslScope[] {
  return Branches ?? (ItemProcessor ? [ItemProcessor] : []);
}

function kindOf({ Type }: AslState): BoxKind {
  const kinds: Readonly<Record<string, BoxKind>> = {
    Task: 'task',
    Choice: 'choice',
    Wait: 'wait',
    Succeed: 'succeed',
    Fail: 'fail',
    Parallel: 'group',
    Map: 'group',
    Pass: 'pass',
  };
  const kind = kinds[Type];
  if (!kind) throw new Error(`a state of type ${Type} has no picture`);
  return kind;
}

function distinct(arrows: readonly Arrow[]): Arrow[] {
  return [...new Map(arrows.map((arrow) => [`${arrow.from}\n${arrow.to}\n${arrow.kind}`, arrow])).values()];
}
