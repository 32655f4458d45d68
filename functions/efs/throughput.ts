/** The throughput of a file system that exists, brought to the plan. */
import {
  type EFSClient,
  type FileSystemDescription,
  TagResourceCommand,
  UpdateFileSystemCommand,
} from '@aws-sdk/client-efs';
import { throughputTag } from '#lib/data/throughput.ts';
import { describeDifferences, difference } from '#lib/request/difference.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';

/** Seconds: AWS is through in a few. */
const updateSeconds = 10;

/**
 * Undefined where it is as planned. Within 24 hours of the last change AWS refuses another mode, and a lower figure,
 * with `TooManyRequests` and the time from which on it is possible: that is noted, so that acceptance refuses it first.
 */
export async function setThroughput(
  efs: EFSClient,
  { environment }: StepContext,
  { FileSystemId, ThroughputMode, ProvisionedThroughputInMibps }: FileSystemDescription,
): Promise<StepOutcome | undefined> {
  const { throughputMode, provisionedThroughput } = environment.efs;
  const isProvisioned = throughputMode === 'provisioned';
  const differences = [
    ...difference('efs.throughputMode', ThroughputMode, throughputMode, {}),
    ...(isProvisioned
      ? difference('efs.provisionedThroughput', ProvisionedThroughputInMibps, provisionedThroughput, {})
      : []),
  ];
  if (differences.length === 0) return undefined;
  await efs.send(
    new UpdateFileSystemCommand({
      FileSystemId,
      ThroughputMode: throughputMode,
      ...(isProvisioned && { ProvisionedThroughputInMibps: provisionedThroughput }),
    }),
  );
  const Tags = [{ Key: throughputTag, Value: new Date().toISOString() }];
  await efs.send(new TagResourceCommand({ ResourceId: FileSystemId, Tags }));
  return pending(
    `EFS file system ${FileSystemId}: updating ${describeDifferences(differences)}`,
    updateSeconds,
  );
}
