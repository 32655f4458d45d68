/** Which engine versions and node types there are. */
import { z } from 'zod';
import { type Operation, read } from '../../model.ts';
import { answerPage, paging } from './state.ts';

/** Redis OSS ends at 7.1; its successor goes on. */
const versions: Readonly<Record<'redis' | 'valkey', readonly string[]>> = {
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

/** The newest where none is asked for; undefined where there is no such version. */
export function resolveVersion(engine: 'redis' | 'valkey', wanted: string | undefined): string | undefined {
  return wanted === undefined ? versions[engine].at(-1) : versions[engine].find((one) => one === wanted);
}

export function familyOf(engine: string, version: string): string {
  return `${engine}${version.startsWith('6') ? '6.x' : version.split('.')[0]}`;
}

export const catalogueOperations: Record<string, Operation> = {
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
