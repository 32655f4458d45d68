/** Everything of an environment that carries its tags, as AWS tells it. */
import { together } from '#lib/aws/reads.ts';
import { auroraIdentity, documentdbIdentity } from '#lib/data/identities.ts';
import { auroraReads, documentdbReads } from '#lib/data/reads.ts';
import { taggedDatabase } from '#lib/data/tagged.ts';
import { taggedCache } from '#lib/data/tagged-cache.ts';
import { taggedFileSystem } from '#lib/data/tagged-file-system.ts';
import { taggedKubernetes } from '#lib/eks/tagged.ts';
import { taggedNetwork } from '#lib/network/tagged.ts';
import type { Tagged } from '#lib/ownership/tagged.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

export async function observeTags(target: EnvironmentTarget): Promise<Tagged[]> {
  const found = await together([
    taggedNetwork(target),
    taggedKubernetes(target),
    taggedDatabase(auroraIdentity, auroraReads(target), target),
    taggedDatabase(documentdbIdentity, documentdbReads(target), target),
    // Of a group that is busy AWS tells none: the step waits for it.
    taggedCache(target, ['pending']),
    taggedFileSystem(target),
  ]);
  return found.flat();
}
