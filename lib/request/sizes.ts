/**
 * What `size` means (spec.md, Sizes): the figures a request gets for what it leaves out. AosCloud publishes
 * those of Aurora, ElastiCache and the node group; the others are chosen in docs/request.md.
 */
export const sizeNames = ['small', 'medium', 'large'] as const;
export type Size = (typeof sizeNames)[number];

interface DatabaseFigures {
  readonly instanceClass: string;
  readonly instances: number;
  readonly storageType: string;
}

interface SizeFigures {
  readonly nodeInstanceTypes: readonly string[];
  readonly aurora: DatabaseFigures;
  readonly documentdb: DatabaseFigures;
  readonly elasticache: { readonly nodeType: string; readonly replicas: number };
}

export const sizes: Readonly<Record<Size, SizeFigures>> = {
  small: {
    nodeInstanceTypes: ['t3a.2xlarge'],
    aurora: { instanceClass: 'db.t3.medium', instances: 1, storageType: 'aurora' },
    documentdb: { instanceClass: 'db.t4g.medium', instances: 1, storageType: 'standard' },
    elasticache: { nodeType: 'cache.t4g.medium', replicas: 1 },
  },
  medium: {
    nodeInstanceTypes: ['m5.2xlarge'],
    aurora: { instanceClass: 'db.r6g.large', instances: 2, storageType: 'aurora-iopt1' },
    documentdb: { instanceClass: 'db.r6g.large', instances: 2, storageType: 'standard' },
    elasticache: { nodeType: 'cache.r7g.large', replicas: 2 },
  },
  large: {
    nodeInstanceTypes: ['m5.2xlarge'],
    aurora: { instanceClass: 'db.r6g.xlarge', instances: 3, storageType: 'aurora-iopt1' },
    documentdb: { instanceClass: 'db.r6g.xlarge', instances: 3, storageType: 'iopt1' },
    elasticache: { nodeType: 'cache.r7g.xlarge', replicas: 2 },
  },
};
