/**
 * Can this removal finish? Everything is asked before anything is deleted, and all that stands in the way is
 * reported at once: the counterpart of the preflight of a provision run. Reads only, about thirty calls.
 */

import { together } from '#lib/aws/reads.ts';
import type { RemovalTarget } from '#lib/run/environment.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { readRemovalAccount } from './account.ts';
import { askCache, askForeignCaches } from './cache.ts';
import { ask, type RemovalContext, type RemovalFindings } from './context.ts';
import { askDatabases, askForeignDatabases } from './databases.ts';
import { askFileSystem } from './file-system.ts';
import { askKubernetes } from './kubernetes.ts';
import { askNetwork, askRulesOfOthers } from './network.ts';

type Question = (context: RemovalContext) => Promise<RemovalFindings>;

/** What is ours, and what hangs on it. */
const ownQuestions: readonly Question[] = [askDatabases, askCache, askFileSystem, askKubernetes];
/** What of others is beside it: it keeps the subnet groups and the VPC, which go last. */
const foreignQuestions: readonly Question[] = [
  askForeignDatabases,
  askForeignCaches,
  askNetwork,
  askRulesOfOthers,
];

/**
 * `own`: only what keeps a service's own things from going. A rollback asks no more: it takes back whatever it can,
 * and its last steps name what they find in their way.
 */
export async function removalPreflight(
  target: RemovalTarget,
  scope: 'own' | 'everything',
): Promise<RemovalFindings> {
  const context: RemovalContext = { target, account: readRemovalAccount(target) };
  const questions = scope === 'own' ? ownQuestions : [...ownQuestions, ...foreignQuestions];
  const found = await together(questions.map((question) => ask(() => question(context))));
  const problems = new Set<string>();
  return {
    // Two questions that meet the same refusal report it once.
    blockers: found
      .flatMap(({ blockers }) => blockers)
      .filter(({ problem }) => !problems.has(wordsOf(problem)) && problems.add(wordsOf(problem))),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}
