/** Requests and answers of AWS's four protocols, read and written just as far as the layer in front of moto needs. */
import type { IncomingHttpHeaders } from 'node:http';

export interface WireRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The service of the signature: `ec2`, `rds` (DocumentDB too), `elasticfilesystem`, … */
  readonly service: string;
  readonly region: string;
  /** Such as `eks:CreateCluster`; `<service>:?` where the path is none this list knows. */
  readonly operation: string;
  /** Members of a query protocol's form, flat as they are sent: `Tag.1.Key`. */
  readonly form: URLSearchParams;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Operations of the two services that name them by path only. */
const routes: Readonly<Record<string, readonly (readonly [string, RegExp, string])[]>> = {
  eks: [
    ['POST', /^\/clusters$/, 'CreateCluster'],
    ['GET', /^\/clusters$/, 'ListClusters'],
    ['GET', /^\/cluster-versions$/, 'DescribeClusterVersions'],
    ['GET', /^\/addons\/supported-versions$/, 'DescribeAddonVersions'],
    ['GET', /^\/addons\/configuration-schemas$/, 'DescribeAddonConfiguration'],
    ['GET', /^\/clusters\/[^/]+$/, 'DescribeCluster'],
    ['DELETE', /^\/clusters\/[^/]+$/, 'DeleteCluster'],
    ['POST', /^\/clusters\/[^/]+\/update-config$/, 'UpdateClusterConfig'],
    ['POST', /^\/clusters\/[^/]+\/node-groups$/, 'CreateNodegroup'],
    ['GET', /^\/clusters\/[^/]+\/node-groups$/, 'ListNodegroups'],
    ['GET', /^\/clusters\/[^/]+\/node-groups\/[^/]+$/, 'DescribeNodegroup'],
    ['DELETE', /^\/clusters\/[^/]+\/node-groups\/[^/]+$/, 'DeleteNodegroup'],
    ['GET', /^\/clusters\/[^/]+\/fargate-profiles$/, 'ListFargateProfiles'],
    ['POST', /^\/clusters\/[^/]+\/addons$/, 'CreateAddon'],
    ['GET', /^\/clusters\/[^/]+\/addons$/, 'ListAddons'],
    ['GET', /^\/clusters\/[^/]+\/addons\/[^/]+$/, 'DescribeAddon'],
    ['DELETE', /^\/clusters\/[^/]+\/addons\/[^/]+$/, 'DeleteAddon'],
    ['POST', /^\/clusters\/[^/]+\/access-entries$/, 'CreateAccessEntry'],
    ['GET', /^\/clusters\/[^/]+\/access-entries$/, 'ListAccessEntries'],
    ['GET', /^\/clusters\/[^/]+\/access-entries\/[^/]+$/, 'DescribeAccessEntry'],
    ['DELETE', /^\/clusters\/[^/]+\/access-entries\/[^/]+$/, 'DeleteAccessEntry'],
    ['POST', /^\/clusters\/[^/]+\/access-entries\/[^/]+\/access-policies$/, 'AssociateAccessPolicy'],
    ['GET', /^\/clusters\/[^/]+\/access-entries\/[^/]+\/access-policies$/, 'ListAssociatedAccessPolicies'],
  ],
  elasticfilesystem: [
    ['POST', /^\/2015-02-01\/file-systems$/, 'CreateFileSystem'],
    ['GET', /^\/2015-02-01\/file-systems$/, 'DescribeFileSystems'],
    ['GET', /^\/2015-02-01\/file-systems\/replication-configurations$/, 'DescribeReplicationConfigurations'],
    ['DELETE', /^\/2015-02-01\/file-systems\/[^/]+$/, 'DeleteFileSystem'],
    ['GET', /^\/2015-02-01\/file-systems\/[^/]+\/backup-policy$/, 'DescribeBackupPolicy'],
    ['PUT', /^\/2015-02-01\/file-systems\/[^/]+\/backup-policy$/, 'PutBackupPolicy'],
    ['POST', /^\/2015-02-01\/mount-targets$/, 'CreateMountTarget'],
    ['GET', /^\/2015-02-01\/mount-targets$/, 'DescribeMountTargets'],
    ['DELETE', /^\/2015-02-01\/mount-targets\/[^/]+$/, 'DeleteMountTarget'],
    ['GET', /^\/2015-02-01\/mount-targets\/[^/]+\/security-groups$/, 'DescribeMountTargetSecurityGroups'],
    ['PUT', /^\/2015-02-01\/mount-targets\/[^/]+\/security-groups$/, 'ModifyMountTargetSecurityGroups'],
    ['POST', /^\/2015-02-01\/resource-tags\/[^/]+$/, 'TagResource'],
    ['GET', /^\/2015-02-01\/resource-tags\/[^/]+$/, 'ListTagsForResource'],
  ],
};

export function wireRequest(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  body: string,
): WireRequest {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '');
  const region = scope?.[1] ?? 'us-east-1';
  const service = scope?.[2] ?? 'unsigned';
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = new URLSearchParams(isForm ? body : '');
  const target = String(headers['x-amz-target'] ?? '').split('.')[1];
  const path = url.split('?')[0]?.replace(/\/$/, '') ?? '';
  const route = routes[service]?.find(([verb, pattern]) => verb === method && pattern.test(path));
  const name = form.get('Action') ?? target ?? route?.[2] ?? '?';
  return { method, url, headers, body, service, region, operation: `${service}:${name}`, form };
}

/** The part of the path after `segment`: `pathPart(request, 'clusters')` is a cluster's name. */
export function pathPart(request: WireRequest, segment: string): string {
  const parts = request.url.split('?')[0]?.split('/') ?? [];
  return decodeURIComponent(parts[parts.indexOf(segment) + 1] ?? '');
}

/** The values of a list member, in order: `Prefix.1`, `Prefix.2`, or with `.member.` between. */
export function listOf(form: URLSearchParams, prefix: string): string[] {
  const pattern = new RegExp(`^${prefix}\\.(?:\\w+\\.)?(\\d+)$`);
  return [...form]
    .flatMap(([key, value]) => {
      const found = pattern.exec(key);
      return found ? [[Number(found[1]), value] as const] : [];
    })
    .sort((a, b) => a[0] - b[0])
    .map(([, value]) => value);
}

/** The same request with other members of its form; undefined takes one out. */
export function withForm(request: WireRequest, changes: Record<string, string | undefined>): WireRequest {
  const form = new URLSearchParams(request.form);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) form.delete(key);
    else form.set(key, value);
  }
  return { ...request, form, body: form.toString() };
}

export function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** An error of the JSON protocols. */
export function jsonError(status: number, name: string, message: string): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
    body: JSON.stringify({ __type: name, message }),
  };
}

/** An element's content: a list repeats its element. */
export interface Elements {
  readonly [name: string]: string | number | boolean | Elements | readonly (string | Elements)[] | undefined;
}

export function elements(content: Elements): string {
  return Object.entries(content)
    .flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((one) => [name, one] as const) : [[name, value] as const],
    )
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const inner = typeof value === 'object' ? elements(value as Elements) : escaped(String(value));
      return `<${name}>${inner}</${name}>`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const xmlHeaders = { 'content-type': 'text/xml' };

/** A result of the query protocol (RDS, ElastiCache, IAM). */
export function queryResult(request: WireRequest, result: Elements): WireAnswer {
  const action = request.form.get('Action');
  const body = `<${action}Response><${action}Result>${elements(result)}</${action}Result><ResponseMetadata><RequestId>layer</RequestId></ResponseMetadata></${action}Response>`;
  return { status: 200, headers: xmlHeaders, body };
}

export function queryError(status: number, code: string, message: string): WireAnswer {
  const error = elements({ Error: { Type: 'Sender', Code: code, Message: message }, RequestId: 'layer' });
  return { status, headers: xmlHeaders, body: `<ErrorResponse>${error}</ErrorResponse>` };
}

/** An EC2 answer that has nothing to list. */
export function ec2Nothing({ operation }: WireRequest): WireAnswer {
  const name = `${operation.split(':')[1]}Response`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>layer</requestId></${name}>`,
  };
}

/** An error of EC2's own protocol. */
export function ec2Error(code: string, message: string): WireAnswer {
  const error = elements({ Errors: { Error: { Code: code, Message: message } }, RequestID: 'layer' });
  return { status: 400, headers: xmlHeaders, body: `<Response>${error}</Response>` };
}
