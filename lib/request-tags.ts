/**
 * The request's own tags. They go onto resources of nine services, so the narrowest limits of all count:
 * 128 and 256 characters of the common set, keys that differ by more than case (IAM), fifty in all.
 */
import * as z from 'zod';
import { evenAfterProblems } from './request-fields.ts';

/** AWS allows fifty a resource; ours take four, EKS and its nodes some of their own. */
const maxTags = 40;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const allowedInWords = 'may hold letters, digits, spaces and _ . : / = + - @ only';

function keyProblem(key: string): string | undefined {
  if (key.length < 1 || key.length > 128) return 'the key must have 1 to 128 characters';
  if (!allowed.test(key)) return `the key ${allowedInWords}`;
  if (/^aws:/i.test(key)) return 'keys that start with aws: are reserved by AWS';
  if (/^aoscloud:/i.test(key))
    return 'keys that start with aoscloud: mark ownership and are set by the provisioner';
  if (/^kubernetes\.io\//i.test(key))
    return 'keys that start with kubernetes.io/ steer load balancers and are set by the provisioner';
  if (/^name$/i.test(key)) return 'Name is set by the provisioner, and IAM does not tell its cases apart';
  return undefined;
}

function valueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined; // the schema says so itself
  if (value.length > 256) return 'the value must have at most 256 characters';
  return allowed.test(value) ? undefined : `the value ${allowedInWords}`;
}

export const tagsSchema = z
  .record(z.string(), z.string())
  .superRefine((tags, context) => {
    const keys = Object.keys(tags);
    const refuse = (message: string, input: unknown, path: string[] = []) =>
      context.addIssue({ code: 'custom', message, input, path });
    if (keys.length > maxTags)
      refuse(
        `at most ${maxTags} tags, so that AWS's limit of 50 leaves room for ownership tags`,
        keys.length,
      );
    const firstInAnyCase = new Map<string, string>();
    for (const key of keys) {
      const problem = keyProblem(key) ?? valueProblem(tags[key]);
      if (problem) refuse(problem, tags[key], [key]);
      const twin = firstInAnyCase.get(key.toLowerCase());
      if (twin !== undefined)
        refuse(`differs from "${twin}" by case only, which IAM does not tell apart`, tags[key], [key]);
      else firstInAnyCase.set(key.toLowerCase(), key);
    }
  }, evenAfterProblems)
  .meta({
    description: 'Tags for every resource that can carry tags, beside the ownership tags.',
    maxProperties: maxTags,
  });
