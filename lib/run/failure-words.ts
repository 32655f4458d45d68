/**
 * How a failure is worded, and how its words are read again. Between a Lambda and Step Functions an error is nothing
 * but a name and a text: whoever wants the parts on the other side (the registry, the command line) reads them out of
 * the words. Both directions stand here, each the inverse of the other.
 */

import { fittingLines } from './bounds.ts';

/** What one thing in the way says: of AWS's refusal, or of something a step found. */
export interface Finding {
  /** `ec2:CreateVpc`; only where AWS refused. */
  readonly operation?: string | undefined;
  /** AWS's own; only where AWS refused. */
  readonly code?: string | undefined;
  /** By which AWS Support finds the call. */
  readonly requestId?: string | undefined;
  /** What happened: one sentence or more, without the last full stop. */
  readonly what: string;
  /** What to do: goes on after a colon, without the last full stop. */
  readonly todo: string;
}

/** A finding, and where it was met: the step's name, or that of the function before and after the steps. */
export interface FailureParts extends Finding {
  readonly step?: string | undefined;
}

/** `answered` is for what would have passed, and outlasted the retries. */
export type Verb = 'was refused with' | 'answered';

const adviceFollows = '. What to do: ';
const unknownOperation = 'an AWS call';

/**
 * `vpc: ec2:CreateVpc was refused with VpcLimitExceeded: no more (request 1-2). What to do: ask for more.`, with as
 * much of it as there is.
 */
export function wordsOf(
  { step, operation, code, requestId, what, todo }: FailureParts,
  verb: Verb = 'was refused with',
): string {
  const refusal = code === undefined ? '' : `${operation ?? unknownOperation} ${verb} ${code}`;
  const event = [refusal, endless(what)].filter(Boolean).join(': ');
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return `${step === undefined ? '' : `${step}: `}${event}${request}${adviceFollows}${endless(todo)}.`;
}

/** Sentences come with or without their last full stop (AWS's with it); the words put one. */
export function endless(sentences: string): string {
  return sentences.trim().replace(/[.\s]+$/, '');
}

/** Several findings as one event, as many as it has room for. */
export function listed(heading: string, lines: readonly string[], closing: string): string {
  return `${heading}:\n${fittingLines(lines)
    .map((line) => `- ${line}`)
    .join('\n')}\n${closing}`;
}

/** What becomes of a failed run after its failure: how {@link aftermathOf} begins, in the recorded cause. */
export const aftermath = {
  unfinished: 'The rollback did not finish: ',
  takenBack: 'Everything this run made was taken back.',
  takenBackBut: 'What this run made was taken back, but for this: ',
  /** In the words of a step of the rollback. */
  stays: ' stays although this run made it: ',
  kept: 'What this run made was kept, as the request asks; the next run continues.',
  changed: 'Changed in place, and left so: ',
  maybeChanged: 'May have been changed in place, and then are left so: ',
  left: 'Not taken back:',
} as const;

const aftermathBegins = new RegExp(
  `(${adviceFollows.replaceAll('.', '\\.')}[\\s\\S]*?\\.) (?:${Object.values(aftermath)
    .map((words) => words.replaceAll('.', '\\.'))
    .join('|')})`,
);

const stepBegins = /^([a-z][a-z-]*): /;
const refused =
  /^(an AWS call|[\w-]+:\w+) (?:was refused with|answered) ([\w.-]+)(?:: ([\s\S]*?))?(?: \(request ([^\s()]+)\))?$/;
/** In a line of a list, or in what a step waited for when its time was up. */
const refusedWithin = /(?:^|[\s(])([a-z][\w-]*:[A-Z]\w*) (?:was refused with|answered) ([\w.-]+)/;

/**
 * The parts of what {@link wordsOf} worded, also with the aftermath behind it. Of foreign words, what is in them.
 * Where AWS refused only part of it, the first of its answers that is told.
 */
export function partsOf(words: string): Partial<FailureParts> {
  const own = words.slice(0, endOfFailure(words));
  const step = stepBegins.exec(own)?.[1];
  const said = step === undefined ? own : own.slice(step.length + 2);
  const cut = said.lastIndexOf(adviceFollows);
  const event = cut < 0 ? endless(said) : said.slice(0, cut);
  const [, operation, code, what = '', requestId] = refused.exec(event) ?? [];
  const within = refusedWithin.exec(event);
  return {
    ...(step === undefined ? {} : { step }),
    ...(code === undefined
      ? { ...(within ? { operation: within[1]!, code: within[2]!.replace(/\.$/, '') } : {}), what: event }
      : { ...(operation === unknownOperation ? {} : { operation }), code, what }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(cut < 0 ? {} : { todo: endless(said.slice(cut + adviceFollows.length)) }),
  };
}

function endOfFailure(words: string): number {
  const found = aftermathBegins.exec(words);
  return found ? found.index + found[1]!.length : words.length;
}
