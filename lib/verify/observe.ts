/** Reads back a whole environment: by ownership tag and deterministic name, with list calls, page by page. */

import { together } from '#lib/aws/reads.ts';
import { auroraIdentity, documentdbIdentity } from '#lib/data/identities.ts';
import { auroraReads, documentdbReads } from '#lib/data/reads.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Observation } from './observation.ts';
import { observeCache } from './observe-cache.ts';
import { observeDatabase } from './observe-databases.ts';
import { observeFileSystem } from './observe-file-system.ts';
import { observeKubernetes } from './observe-kubernetes.ts';
import { observeNetwork } from './observe-network.ts';

export async function observe(environment: EnvironmentTarget): Promise<Observation> {
  const [network, kubernetes, aurora, documentdb, cache, fileSystem] = await together([
    observeNetwork(environment),
    observeKubernetes(environment),
    observeDatabase(auroraIdentity, auroraReads(environment), environment),
    observeDatabase(documentdbIdentity, documentdbReads(environment), environment),
    observeCache(environment),
    observeFileSystem(environment),
  ]);
  return { ...network, ...kubernetes, aurora, documentdb, cache, fileSystem };
}
