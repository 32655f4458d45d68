/** How times, statuses and amounts read, on every page the same. */
import type { RunStatus } from '../api.ts';
import type { BoxStatus } from '../model/run.ts';

export const statusWords: Readonly<Record<BoxStatus, string>> = {
  'not-reached': 'not reached',
  working: 'working',
  waiting: 'waiting',
  done: 'done',
  failed: 'failed',
  stopped: 'stopped',
  'taken-back': 'taken back',
};

/** The colour of a run's or an environment's badge. */
export function toneOf(status: RunStatus | string): BoxStatus {
  switch (status) {
    case 'SUCCEEDED':
    case 'READY':
      return 'done';
    case 'RUNNING':
    case 'PROVISIONING':
    case 'DEPROVISIONING':
      return 'working';
    case 'FAILED':
    case 'TIMED_OUT':
    case 'REMOVAL_FAILED':
      return 'failed';
    case 'ABORTED':
      return 'stopped';
    default:
      return 'not-reached';
  }
}

/** `m:ss`, or `h:mm:ss` from an hour on. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function moment(at: number | string): string {
  return dateTime.format(typeof at === 'string' ? Date.parse(at) : at);
}

export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : /s$/.test(noun) ? 'es' : 's'}`;
}

/** The sentence in what Lambda or a nested execution gives as its cause. */
export function sentenceOf(cause: string): string {
  try {
    const parsed = JSON.parse(cause) as { errorMessage?: string; Cause?: string };
    return parsed.errorMessage ?? (parsed.Cause ? sentenceOf(parsed.Cause) : cause);
  } catch {
    // Only Lambda's causes are JSON; others are words already.
    return cause;
  }
}

/** What happened, and what to do about it, where the sentence says both. */
export function partsOf(cause: string): { readonly what: string; readonly todo?: string } {
  const [what = '', todo] = sentenceOf(cause).split(/\s*What to do:\s*/, 2);
  return todo ? { what, todo } : { what };
}
