/**
 * The request's own tags. They go onto resources of ten services, and the narrowest rule of any of them is the
 * request's: a tag that RDS refuses would end a run after a quarter of an hour.
 *
 * | rule | whose | source |
 * | --- | --- | --- |
 * | 1 to 128 characters a key, 256 a value | all | each service's API_Tag |
 * | letters, digits, spaces, _ . : / = + - @ | all but EC2 | API_Tag of RDS, EFS, IAM, CloudWatch Logs |
 * | no `aws:` before a key or a value, in any case | all; values EKS, RDS, DocumentDB | EKS user guide, "Tagging restrictions" |
 * | no `rds:` before a key or a value | RDS, DocumentDB | API_Tag of both |
 * | keys that differ by more than case | IAM | IAM user guide, "Tags for IAM resources" |
 * | fifty | all | EC2 user guide, "Tag restrictions" |
 *
 * What one page asks for and another denies is a warning: see {@link tagWarnings}.
 */
import * as z from 'zod';
import { evenAfterProblems } from './fields.ts';

/** AWS allows fifty a resource; ours take four, EKS and its nodes some of their own. */
const maxTags = 40;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const allowedInWords = 'may hold letters, digits, spaces and _ . : / = + - @ only';

/** In any case: EFS and IAM compare without it. */
const reservedPrefixes: readonly { readonly prefix: string; readonly why: string }[] = [
  { prefix: 'aws:', why: 'are reserved by AWS' },
  { prefix: 'rds:', why: 'are reserved by AWS: Aurora and DocumentDB refuse them' },
];

function reserved(text: string): { prefix: string; why: string } | undefined {
  return reservedPrefixes.find(({ prefix }) => text.toLowerCase().startsWith(prefix));
}

function keyProblem(key: string): string | undefined {
  if (key.length < 1 || key.length > 128) return 'the key must have 1 to 128 characters';
  if (!allowed.test(key)) return `the key ${allowedInWords}`;
  const taken = reserved(key);
  if (taken) return `keys that start with ${taken.prefix} ${taken.why}`;
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
  if (!allowed.test(value)) return `the value ${allowedInWords}`;
  const taken = reserved(value);
  return taken && `values that start with ${taken.prefix} ${taken.why}`;
}

/** Ten tags on an instance of DocumentDB (developer guide, "Tagging constraints"), four of them ours. */
const mostOnDocumentdb = 6;

/**
 * What AWS documents for one service and may not enforce: DocumentDB's pages allow ten tags and no `@`, those of RDS,
 * whose control plane it shares, fifty and `@`; ElastiCache's CloudFormation page allows ASCII letters only.
 */
export function tagWarnings(tags: Readonly<Record<string, string>>): string[] {
  const named = (odd: RegExp) => Object.entries(tags).filter((tag) => tag.some((text) => odd.test(text)));
  const warnings: string[] = [];
  const count = Object.keys(tags).length;
  if (count > mostOnDocumentdb)
    warnings.push(
      `tags: ${count} of them; DocumentDB documents ten a resource, of which ownership takes four, and may refuse more than ${mostOnDocumentdb}`,
    );
  for (const [key] of named(/@/))
    warnings.push(`tags.${key}: holds @, which DocumentDB's documentation does not allow; it may be refused`);
  for (const [key] of named(/\P{ASCII}/u))
    warnings.push(
      `tags.${key}: holds more than ASCII, which ElastiCache's documentation does not allow everywhere; it may be refused`,
    );
  return warnings;
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
