/** Which engine versions and node types there are. */
import { z } from 'zod';
import { type Call, type Operation, read } from '#embedded/model.ts';
import { zonesOf } from '#embedded/services/ec2/zones.ts';
import { answerPage, type CacheEngine, elasticacheState, paging } from './state.ts';

/** Redis OSS ends at 7.1; its successor goes on. */
const versions: Readonly<Record<CacheEngine, readonly string[]>> = {
  redis: ['5.0.6', '6.0', '6.2', '7.0', '7.1'],
  valkey: ['7.2', '8.0', '8.1'],
};

const families: Readonly<Record<string, readonly string[]>> = {
  t3: ['micro', 'small', 'medium'],
  t4g: ['micro', 'small', 'medium'],
  m6g: ['large', 'xlarge', '2xlarge', '4xlarge'],
  m7g: ['large', 'xlarge', '2xlarge', '4xlarge'],
  r6g: ['large', 'xlarge', '2xlarge', '4xlarge'],
  r7g: ['large', 'xlarge', '2xlarge', '4xlarge'],
};

export function isNodeType(name: string): boolean {
  const [prefix, family = '', size = ''] = name.split('.');
  return prefix === 'cache' && (families[family]?.includes(size) ?? false);
}

/** From now on, this node type is offered in no other zones. */
export function offerNodeTypeOnlyIn(call: Call, nodeType: string, zoneNames: readonly string[]): void {
  const state = elasticacheState(call);
  state.nodeTypeZones = { ...state.nodeTypeZones, [nodeType]: [...zoneNames] };
}

/** Where a node type is offered, which no call tells. The oldest zone of us-east-1 never got the newer ones. */
export function zonesOffering(call: Call, nodeType: string): string[] {
  const narrowed = elasticacheState(call).nodeTypeZones?.[nodeType];
  if (narrowed) return narrowed;
  return zonesOf(call.region)
    .filter(({ id, type }) => type === 'availability-zone' && (id !== 'use1-az3' || /\.t3\./.test(nodeType)))
    .map(({ name }) => name);
}

/** The newest where none is asked for; undefined where there is no such version. */
export function resolveVersion(engine: CacheEngine, wanted: string | undefined): string | undefined {
  return wanted === undefined ? versions[engine].at(-1) : versions[engine].find((one) => one === wanted);
}

/** Later or the same? Versions of one engine only. */
export function isEarlier(engine: CacheEngine, one: string, other: string): boolean {
  return versions[engine].indexOf(one) < versions[engine].indexOf(other);
}

/** What a node type can become: up and down within what is offered, by the place in its family's order of memory. */
export function nodeTypeChanges(nodeType: string): { up: string[]; down: string[] } {
  const all = ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge', '4xlarge'].flatMap((size) =>
    Object.entries(families)
      .filter(([, sizes]) => sizes.includes(size))
      .map(([family]) => `cache.${family}.${size}`),
  );
  const at = all.indexOf(nodeType);
  return { up: all.slice(at + 1), down: all.slice(0, Math.max(0, at)) };
}

export function familyOf(engine: string, version: string): string {
  return `${engine}${version.startsWith('6') ? '6.x' : version.split('.')[0]}`;
}

export const catalogueOperations: Record<string, Operation> = {
  DescribeReservedCacheNodesOfferings: read({ CacheNodeType: z.string().optional(), ...paging }, (input) => {
    const types = Object.entries(families)
      .flatMap(([family, sizes]) => sizes.map((size) => `cache.${family}.${size}`))
      .filter((type) => input.CacheNodeType === undefined || type === input.CacheNodeType);
    const items = types.map((CacheNodeType) => ({
      ReservedCacheNodesOfferingId: `one-year-${CacheNodeType}`,
      CacheNodeType,
      Duration: 31_536_000,
      ProductDescription: 'redis',
      OfferingType: 'No Upfront',
    }));
    return answerPage('ReservedCacheNodesOfferings', items, input);
  }),
  DescribeCacheEngineVersions: read(
    {
      Engine: z.string().optional(),
      EngineVersion: z.string().optional(),
      DefaultOnly: z.boolean().optional(),
      ...paging,
    },
    (input) => {
      const items = Object.entries(versions).flatMap(([engine, all]) =>
        all
          .filter((version) => input.EngineVersion === undefined || version === input.EngineVersion)
          .filter((version) => !input.DefaultOnly || version === all.at(-1))
          .filter(() => input.Engine === undefined || engine === input.Engine)
          .map((version) => ({
            Engine: engine,
            EngineVersion: version,
            CacheParameterGroupFamily: familyOf(engine, version),
            CacheEngineDescription: engine === 'redis' ? 'Redis' : 'Valkey',
            CacheEngineVersionDescription: `${engine} version ${version}`,
          })),
      );
      return answerPage('CacheEngineVersions', items, input);
    },
  ),
};
