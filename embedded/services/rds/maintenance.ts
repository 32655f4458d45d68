/** What AWS has to do to a resource, and has not done yet: at most one thing an instance is modelled. */
import { z } from 'zod';
import { type Operation, read } from '#embedded/model.ts';
import { answerPage, applyFilters, filters, paging, rdsState } from './state.ts';

export const maintenanceOperations: Record<string, Operation> = {
  DescribePendingMaintenanceActions: read(
    { ResourceIdentifier: z.string().optional(), Filters: filters, ...paging },
    (input, call) => {
      const waiting = Object.values(rdsState(call).instances).filter(
        ({ arn, pendingMaintenance }) =>
          pendingMaintenance !== undefined &&
          (input.ResourceIdentifier === undefined || input.ResourceIdentifier === arn),
      );
      // A cluster's filter tells what waits for the cluster itself, of which nothing is modelled.
      const valuesOf = ({ id, arn }: (typeof waiting)[number], name: string) =>
        name === 'db-instance-id' ? [id, arn] : [];
      const found = applyFilters(waiting, input.Filters, valuesOf, ['db-cluster-id', 'db-instance-id']);
      const actions = found.map(({ arn, pendingMaintenance }) => ({
        ResourceIdentifier: arn,
        PendingMaintenanceActionDetails: [
          { Action: pendingMaintenance, Description: 'New Operating System update is available' },
        ],
      }));
      return answerPage('PendingMaintenanceActions', actions, input);
    },
  ),
};
