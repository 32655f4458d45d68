/** What must never be, not for a moment: a database without an instance, a cluster without a node group. */
import type { EngineOptions } from '#embedded/engine.ts';
import type { Call } from '#embedded/model.ts';
import { eksState } from '#embedded/services/eks/state.ts';
import { rdsState } from '#embedded/services/rds/state.ts';

/** `inspect` looks at a region as it is now. What never had one may be without. */
export function watching(
  inspect: (region: string, look: (call: Call) => void) => void,
  complain: (why: string) => void,
): NonNullable<EngineOptions['observe']> {
  const had = new Set<string>();
  return ({ operation, mutates, region }) => {
    if (!mutates || !/^(rds|docdb|eks):/.test(operation)) return;
    inspect(region, (call) => {
      for (const [id, count] of countsIn(call)) {
        if (count > 0) had.add(id);
        else if (had.delete(id)) complain(`${id} lost its last at ${operation}`);
      }
    });
  };
}

function countsIn(call: Call): [id: string, count: number][] {
  const stays = ({ status }: { status: string }) => !/^deleting$/i.test(status);
  const { clusters, instances } = rdsState(call);
  const databases = Object.values(clusters).map(({ id }): [string, number] => [
    `cluster ${id}`,
    Object.values(instances).filter((one) => one.clusterId === id && stays(one)).length,
  ]);
  const kubernetes = Object.values(eksState(call).clusters).map(({ name, nodegroups }): [string, number] => [
    `EKS cluster ${name}`,
    Object.values(nodegroups).filter(stays).length,
  ]);
  return [...databases, ...kubernetes];
}
