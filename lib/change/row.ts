/** One row of the table of changes: a field of the request, how what exists is read of it, and what changing it means. */

import type { Tagged } from '#lib/ownership/tagged.ts';
import type { Difference } from '#lib/request/difference.ts';
import type { EnvironmentRequest } from '#lib/request/request.ts';
import type { DatabaseWish, SizedRequest } from '#lib/request/sized.ts';
import type { DatabasePlan } from '#lib/run/environment.ts';
import type { StepName } from '#lib/run/steps.ts';
import type { Observation } from '#lib/verify/observation.ts';

/** Every field a request may have, by its path: `eks.nodes.minSize`. Lists and tags are one field each. */
export type FieldPath = PathsOf<EnvironmentRequest>;

type PathsOf<T> = {
  [Key in keyof T & string]: IsLeaf<NonNullable<T[Key]>> extends true
    ? Key
    : `${Key}.${PathsOf<NonNullable<T[Key]>>}`;
}[keyof T & string];

type IsLeaf<T> = T extends readonly unknown[] | string | number | boolean
  ? true
  : string extends keyof T
    ? true
    : false;

/** What a plan says no more: was it asked for, or chosen here? */
type OnlyAsked = 'askedServiceIpv4Cidr' | 'askedKubernetesVersion';

/** What is wished: a request, or the plan it became, maybe by a version that knew less. */
export type Wished = Omit<
  SizedRequest,
  'roleArn' | 'onFailure' | 'reservedCidrs' | 'availabilityZones' | 'aurora' | 'documentdb' | OnlyAsked
> &
  Partial<Pick<SizedRequest, OnlyAsked>> & {
    readonly aurora: WishedDatabase;
    readonly documentdb: WishedDatabase;
  };

type WishedDatabase = Omit<DatabaseWish, 'allowMajorUpgrade'> & Pick<DatabasePlan, 'allowMajorUpgrade'>;

/** What a comparison is made of. */
export interface Situation {
  readonly request: Wished;
  readonly seen: Observation;
  /** What carries the environment's tags. */
  readonly tagged: readonly Tagged[];
  /** The keys of the tags that this service set before. AWS does not say whose a tag is. */
  readonly formerTags: readonly string[];
}

/** From what exists to what is asked, of one field or of one member of it. Undefined: not there. */
export type FieldDifference = Omit<Difference, 'update' | 'field'> & {
  /** Of a list: which member, as it stands behind the field's name. */
  readonly member?: string;
};

/** AWS does it, and so does the step. */
interface Doable {
  readonly kind: 'add' | 'change' | 'replace';
  /** What people notice of it. */
  readonly interrupts: string;
  /** From asking to done. */
  readonly aboutSeconds: number;
  /** AWS takes it no way back: no run with the former request does. */
  readonly forGood?: true;
}

/** Not done, and the run is refused before it changes anything. */
interface Refused {
  readonly kind: 'refuse';
  /** What AWS would have to do, or what no step does. */
  readonly why: string;
  readonly instead: string;
}

/** What is there is at least what is asked: it stays, and the run says so. */
interface Kept {
  readonly kind: 'keep';
  readonly why: string;
}

export type Case = (Doable | Refused | Kept) & {
  /** Which changes of the field these are, in the words of the documentation. Absent: every change. */
  readonly of?: string;
  /** Absent: whatever no case before took. */
  readonly fits?: (from: unknown, to: unknown, request: Wished) => boolean;
};

/** A field that something of AWS's stands for. */
export interface ComparedRow {
  readonly step: StepName;
  /** AWS's page about the change. */
  readonly source: string;
  readonly differences: (situation: Situation) => readonly FieldDifference[];
  /** The first that fits decides; the last fits whatever is left. */
  readonly cases: readonly Case[];
}

/** A field that nothing of AWS's stands for, or that is compared elsewhere. */
interface OtherRow {
  readonly aside: string;
}

export type Row = ComparedRow | OtherRow;

/** No difference where nothing is there yet (it is made as asked), and none where the request leaves it to AWS. */
export function oneValue<T>(from: T | undefined, to: T | undefined): FieldDifference[] {
  if (from === undefined || to === undefined || from === to) return [];
  return [{ from, to }];
}

/** The same of a list, whatever its order. */
export function oneList(
  from: readonly string[] | undefined,
  to: readonly string[] | undefined,
): FieldDifference[] {
  if (from === undefined || to === undefined || sorted(from) === sorted(to)) return [];
  return [{ from, to }];
}

function sorted(list: readonly string[]): string {
  return [...list].sort().join();
}

/** One difference a member that is too few or too many. */
export function byMember(from: readonly string[], to: readonly string[]): FieldDifference[] {
  return [
    ...to
      .filter((member) => !from.includes(member))
      .map((member) => ({ member, from: undefined, to: member })),
    ...from
      .filter((member) => !to.includes(member))
      .map((member) => ({ member, from: member, to: undefined })),
  ];
}

export const isAdded: Case['fits'] = (from) => from === undefined;

export const noInterruption = 'nothing';

/** `40 s`, `7 min` */
export function durationInWords(seconds: number): string {
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
