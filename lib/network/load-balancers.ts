/** Load balancers in a VPC. Nobody here makes any: Kubernetes controllers do, and AWS keeps them when the cluster goes. */
import {
  DescribeTagsCommand as DescribeClassicTagsCommand,
  ElasticLoadBalancingClient,
  paginateDescribeLoadBalancers as paginateClassic,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { client } from '#lib/aws/clients.ts';
import { allPages } from '#lib/aws/reads.ts';
import { tagValue } from '#lib/ownership/tags.ts';
import type { EnvironmentTarget } from '#lib/run/environment.ts';

export interface LoadBalancerSeen {
  /** The ARN, or a classic one's name. */
  readonly id: string;
  readonly name: string;
  /** The Kubernetes object, such as `default/web`; absent where no controller's tag says so. */
  readonly madeFor?: string;
  /** What AWS writes on its network interfaces. */
  readonly interfaceDescription: string;
}

/** Keys under which the controllers write what they made a load balancer for. */
const madeForTags = ['service.k8s.aws/stack', 'ingress.k8s.aws/stack', 'kubernetes.io/service-name'];
/** Both DescribeTags take twenty at a time. */
const batch = 20;

export async function findLoadBalancers(
  environment: EnvironmentTarget,
  vpcId: string,
): Promise<LoadBalancerSeen[]> {
  return [...(await newer(environment, vpcId)), ...(await classic(environment, vpcId))];
}

async function newer(environment: EnvironmentTarget, vpcId: string): Promise<LoadBalancerSeen[]> {
  const elb = client(ElasticLoadBalancingV2Client, environment);
  const all = await allPages(
    paginateDescribeLoadBalancers({ client: elb }, {}),
    (page) => page.LoadBalancers,
  );
  const arns = all.filter((one) => one.VpcId === vpcId).map((one) => one.LoadBalancerArn!);
  const seen: LoadBalancerSeen[] = [];
  for (let start = 0; start < arns.length; start += batch) {
    const ResourceArns = arns.slice(start, start + batch);
    const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ ResourceArns }));
    for (const { ResourceArn, Tags } of TagDescriptions ?? []) {
      // arn:…:loadbalancer/app/<name>/<id>; its interfaces say `ELB app/<name>/<id>`.
      const path = ResourceArn!.slice(ResourceArn!.indexOf('loadbalancer/') + 'loadbalancer/'.length);
      seen.push(described(ResourceArn!, path.split('/')[1] ?? path, path, Tags));
    }
  }
  return seen;
}

async function classic(environment: EnvironmentTarget, vpcId: string): Promise<LoadBalancerSeen[]> {
  const elb = client(ElasticLoadBalancingClient, environment);
  const all = await allPages(paginateClassic({ client: elb }, {}), (page) => page.LoadBalancerDescriptions);
  const names = all.filter((one) => one.VPCId === vpcId).map((one) => one.LoadBalancerName!);
  const seen: LoadBalancerSeen[] = [];
  for (let start = 0; start < names.length; start += batch) {
    const LoadBalancerNames = names.slice(start, start + batch);
    const { TagDescriptions } = await elb.send(new DescribeClassicTagsCommand({ LoadBalancerNames }));
    for (const { LoadBalancerName, Tags } of TagDescriptions ?? [])
      seen.push(described(LoadBalancerName!, LoadBalancerName!, LoadBalancerName!, Tags));
  }
  return seen;
}

function described(
  id: string,
  name: string,
  path: string,
  tags: Parameters<typeof tagValue>[0],
): LoadBalancerSeen {
  const madeFor = madeForTags.map((key) => tagValue(tags, key)).find((value) => value !== undefined);
  return { id, name, interfaceDescription: `ELB ${path}`, ...(madeFor ? { madeFor } : {}) };
}
