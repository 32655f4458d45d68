/** Whose a network interface is, told by its description (aws-facts 1), and whether it goes by itself. */
import { DeleteNetworkInterfaceCommand, type EC2Client, type NetworkInterface } from '@aws-sdk/client-ec2';
import { names } from '#lib/ownership/names.ts';
import { tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';
import type { Blocker } from './blocker.ts';

type Verdict = Pick<Blocker, 'kind' | 'what' | 'advice' | 'instanceId'>;

const serviceInterfaces: readonly { readonly description: RegExp; readonly of: string }[] = [
  { description: /^Mount target fsmt-\w+ for file system (fs-\w+)/, of: 'EFS file system $1' },
  { description: /^EFS mount target for (fs-\w+)/, of: 'EFS file system $1' },
  { description: /^RDSNetworkInterface/, of: 'an RDS or DocumentDB instance' },
  { description: /^ElastiCache/, of: 'an ElastiCache node' },
  { description: /^VPC Endpoint Interface (vpce-\w+)/, of: 'VPC endpoint $1' },
  { description: /^Interface for NAT Gateway (nat-\w+)/, of: 'NAT gateway $1' },
];

/** The VPC CNI writes its cluster's name on what it makes: of one that lives, an interface is `available` for a moment, too. */
export function isOfOtherCluster(environment: EnvironmentTarget, one: NetworkInterface): boolean {
  const cluster = tagValue(one.TagSet, 'cluster.k8s.amazonaws.com/name');
  return cluster !== undefined && cluster !== names(environment).cluster;
}

/** What `one` is to the removal of `environment`'s network. */
export function blockerOf(ec2: EC2Client, environment: EnvironmentTarget, one: NetworkInterface): Blocker {
  const NetworkInterfaceId = one.NetworkInterfaceId!;
  const isLeaked =
    /^aws-k8s-/i.test(one.Description ?? '') &&
    one.Status === 'available' &&
    !isOfOtherCluster(environment, one);
  return {
    id: NetworkInterfaceId,
    ...verdictOn(environment, one, isLeaked),
    ...(isLeaked
      ? { remove: () => ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })) }
      : {}),
  };
}

function verdictOn(environment: EnvironmentTarget, one: NetworkInterface, isLeaked: boolean): Verdict {
  const description = one.Description ?? '';
  if (isLeaked) {
    return {
      kind: 'removable',
      what: 'a pod interface that the VPC CNI of a terminated node left behind',
      advice: 'nothing: it is deleted',
    };
  }
  const cluster = /^Amazon EKS (\S+)/.exec(description)?.[1];
  if (cluster !== undefined && cluster !== names(environment).cluster) {
    return {
      kind: 'foreign',
      what: `an interface of the control plane of EKS cluster ${cluster}, which is not this environment's`,
      advice: 'delete that cluster or give it other subnets',
    };
  }
  if (cluster !== undefined) return vanishing(`the control plane of EKS cluster ${cluster}`);
  for (const service of serviceInterfaces) {
    const match = service.description.exec(description);
    if (match) return vanishing(service.of.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? ''));
  }
  return foreignVerdict(one, description);
}

function vanishing(owner: string): Verdict {
  return {
    kind: 'vanishing',
    what: `an interface of ${owner}`,
    advice: `it goes with ${owner}; if that is not being deleted, delete it`,
  };
}

/** Services that people put into a VPC beside an environment, told by what they write on their interfaces. */
const othersInterfaces: readonly {
  readonly description: RegExp;
  readonly of: string;
  readonly advice: string;
}[] = [
  {
    description: /^Route 53 Resolver: (rslvr-(?:in|out)-\w+)/,
    of: 'Route 53 Resolver endpoint $1',
    advice: 'delete that endpoint (Route 53 console, Resolver), its rules first',
  },
  {
    description: /^Network Interface for Transit Gateway Attachment (tgw-attach-\w+)/,
    of: 'transit gateway attachment $1',
    advice: 'delete that attachment',
  },
  {
    description: /^EC2 Instance Connect Endpoint.*?(eice-\w+)?$/,
    of: 'EC2 Instance Connect Endpoint $1',
    advice: 'delete that endpoint (VPC console, Endpoints)',
  },
  {
    description: /^ClientVPN Endpoint/,
    of: 'a Client VPN endpoint',
    advice: 'disassociate its target network, or delete that endpoint',
  },
  {
    description: /^AWS created network interface for directory (d-\w+)/,
    of: 'directory $1',
    advice: 'delete that directory (Directory Service), or move it',
  },
];

function foreignVerdict(one: NetworkInterface, description: string): Verdict {
  for (const { description: pattern, of, advice } of othersInterfaces) {
    const match = pattern.exec(description);
    if (match)
      return { kind: 'foreign', what: `an interface of ${of.replace('$1', match[1] ?? '').trim()}`, advice };
  }
  const lambda = /^AWS Lambda VPC ENI-?(.*)/.exec(description)?.[1];
  if (lambda !== undefined) {
    return {
      kind: 'foreign',
      what: `an interface of Lambda function ${lambda}, which somebody put into this VPC`,
      advice:
        'detach the function from the VPC or delete it; AWS takes up to 45 minutes to remove the interface',
    };
  }
  if (description.startsWith('ELB ')) {
    return {
      kind: 'vanishing',
      what: `an interface of load balancer ${description.slice('ELB '.length)}, which is gone or going`,
      advice: 'it goes by itself within minutes; if not, delete that load balancer',
    };
  }
  const instanceId = one.Attachment?.InstanceId;
  if (instanceId) {
    return {
      kind: 'foreign',
      instanceId,
      what: `an interface of EC2 instance ${instanceId} (${description || 'no description'})`,
      advice: 'terminate that instance, then run the removal again',
    };
  }
  const requester = one.RequesterId ? `, made by ${one.RequesterId}` : '';
  return {
    kind: 'foreign',
    what: `an interface (${description || 'no description'}, ${one.Status}${requester})`,
    advice: 'delete it with whatever made it, then run the removal again',
  };
}
