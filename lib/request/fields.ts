/**
 * The building blocks of the request's schema. Each carries its limits twice: as a check with a sentence of
 * its own for people, and as keywords in the published JSON Schema for editors.
 */
import * as z from 'zod';
import { cidrProblem } from './address-plan.ts';

/**
 * Lets a check of an object run although one of its members has a problem already: the members may then be
 * anything. Without it zod keeps the check back, and the sender finds out one problem at a time.
 */
export const evenAfterProblems = { when: () => true } as const;

interface Described {
  readonly description: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly examples?: readonly string[];
}

/** A string with a rule: `problemOf` answers what is wrong with a value, or undefined. */
export function text(problemOf: (value: string) => string | undefined, described: Described) {
  return z
    .string()
    .superRefine((value, context) => {
      const message = problemOf(value);
      if (message) context.addIssue({ code: 'custom', message, input: value });
    })
    .meta({ ...described });
}

/** A string of one form. */
export function matching(pattern: RegExp, rule: string, described: Omit<Described, 'pattern'>) {
  return text((value) => (pattern.test(value) ? undefined : rule), {
    ...described,
    pattern: pattern.source,
  });
}

/**
 * A whole number within a range. Not `z.int()`: its issue keeps later checks of the same object from running,
 * and a request's problems are reported all at once.
 */
export function wholeNumber(minimum: number, maximum: number, description: string, why = '') {
  return z
    .number()
    .superRefine((value, context) => {
      if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
      const message = `must be a whole number from ${minimum} to ${maximum}${why}`;
      context.addIssue({ code: 'custom', message, input: value });
    })
    .meta({ type: 'integer', minimum, maximum, description });
}

/** An IPv4 block; `alsoRefuse` looks at those of sound notation. */
export function cidr(
  description: string,
  alsoRefuse: (value: string) => string | undefined = () => undefined,
) {
  return text((value) => cidrProblem(value) ?? alsoRefuse(value), {
    description,
    pattern: '^\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}$',
  });
}

/** Refuses a value that stands in a list twice. */
export function unique<T extends z.ZodType>(list: z.ZodArray<T>) {
  return list.superRefine((values, context) => {
    const seen = new Set<string>();
    values.forEach((value, index) => {
      const text = JSON.stringify(value);
      if (seen.has(text))
        context.addIssue({ code: 'custom', path: [index], message: `is listed twice`, input: value });
      seen.add(text);
    });
  });
}

/** Of the cluster and of each database. */
export const deletionProtection = z
  .boolean()
  .optional()
  .meta({ description: 'Protects from deletion. Default: the deletionProtection of the environment.' });
