/** Can the nodes start in the chosen zones? Asked while there is no node group of these types yet. */
import type { Zone } from '#lib/run/environment.ts';
import { type Context, type Findings, noFindings } from './context.ts';
import { replacesNodeGroup } from './new-nodes.ts';

export async function askNodeTypes(context: Context, zones: readonly Zone[] | undefined): Promise<Findings> {
  const findings = noFindings();
  const { account, request } = context;
  if ((await account.nodegroup()) && !replacesNodeGroup(context)) return findings;
  const offerings = await account.instanceTypeOfferings();
  const isOffered = (type: string, zone?: Zone) =>
    offerings.some(
      ({ InstanceType, Location }) => InstanceType === type && (!zone || Location === zone.name),
    );
  const types = request.eks.nodes.instanceTypes;
  for (const type of types) {
    if (!isOffered(type)) {
      findings.problems.push({
        what: `eks.nodes.instanceTypes ${type}: is not offered in ${request.region}`,
        todo: 'choose another type',
      });
      continue;
    }
    const lacking = (zones ?? []).filter((zone) => !isOffered(type, zone));
    if (lacking.length > 0)
      findings.warnings.push(
        `eks.nodes.instanceTypes ${type}: is not offered in ${lacking.map(({ name }) => name).join(', ')}`,
      );
  }
  for (const zone of zones ?? []) {
    const known = types.filter((type) => isOffered(type));
    if (known.length > 0 && !known.some((type) => isOffered(type, zone)))
      findings.problems.push({
        what: `eks.nodes.instanceTypes ${types.join(', ')}: none is offered in ${zone.name} (R27)`,
        todo: 'add a type that is offered there, or choose other availabilityZones',
      });
  }
  // The image of the nodes is BOTTLEROCKET_x86_64.
  for (const { InstanceType, ProcessorInfo } of await account.instanceTypes()) {
    const architectures = ProcessorInfo?.SupportedArchitectures ?? ['x86_64'];
    if (!architectures.includes('x86_64'))
      findings.problems.push({
        what: `eks.nodes.instanceTypes ${InstanceType}: is an ${architectures.join(', ')} type, and the nodes run an x86_64 image`,
        todo: 'choose an x86_64 type',
      });
  }
  return findings;
}
