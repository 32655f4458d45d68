/** EFS: file systems and their mount targets. */
import type { ServiceModel } from '#embedded/model.ts';
import { fileSystemEvents, fileSystemOperations } from './file-systems.ts';
import { mountTargetEvents, mountTargetOperations } from './mount-targets.ts';
import { efsState } from './state.ts';

export const efs: ServiceModel = {
  service: 'efs',
  operations: { ...fileSystemOperations, ...mountTargetOperations },
  events: { ...fileSystemEvents, ...mountTargetEvents },
  inventory: (call) => ({
    'efs:file-system': Object.keys(efsState(call).fileSystems),
    'efs:mount-target': Object.keys(efsState(call).mountTargets),
  }),
};
