/** The throughput of a file system that exists, brought to the plan. */
import { type EFSClient, type FileSystemDescription, UpdateFileSystemCommand } from '@aws-sdk/client-efs';
import { describeDifferences, difference } from '#lib/request/difference.ts';
import { pending, type StepContext, type StepOutcome } from '#lib/run/step.ts';

/** Seconds: AWS is through in a few. */
const updateSeconds = 10;

/**
 * Undefined where it is as planned. Within 24 hours of the last change AWS refuses another mode, and a lower figure,
 * with `TooManyRequests` and the time from which on it is possible (API_UpdateFileSystem): it tells that time nowhere
 * else, so nobody can ask before.
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
  return pending(
    `EFS file system ${FileSystemId}: updating ${describeDifferences(differences)}`,
    updateSeconds,
  );
}
