/** CloudWatch Logs: log groups. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, read, type ServiceModel } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';

interface LogGroup {
  name: string;
  createdAt: number;
  retentionInDays?: number;
  kmsKeyId?: string;
  tags: Record<string, string>;
}

interface LogsState {
  groups: Record<string, LogGroup>;
}

const retentionDays: ReadonlySet<number> = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

function logsState(call: Call): LogsState {
  return call.state<LogsState>('logs', () => ({ groups: {} }));
}

function arnOf(call: Call, name: string): string {
  return `arn:${call.partition}:logs:${call.region}:${call.account}:log-group:${name}`;
}

function requireGroup(call: Call, name: string): LogGroup {
  const group = logsState(call).groups[name];
  if (!group) throw new AwsFault('ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

/** TagResource wants the ARN without `:*` at its end, unlike the one DescribeLogGroups calls `arn`. */
function groupByArn(call: Call, arn: string): LogGroup {
  const prefix = arnOf(call, '');
  if (!arn.startsWith(prefix) || arn.endsWith(':*'))
    throw new AwsFault('InvalidParameterException', `Invalid resource ARN: ${arn}`);
  return requireGroup(call, arn.slice(prefix.length));
}

/** Undefined where there is no such group. */
export function tagsOfLogGroup(call: Call, arn: string): Record<string, string> | undefined {
  return logsState(call).groups[arn.slice(arnOf(call, '').length)]?.tags;
}

/** A service writes to a group of its own: it makes the group, untagged and kept for ever, where there is none. */
export function writeToLogGroup(call: Call, name: string): void {
  logsState(call).groups[name] ??= { name, createdAt: call.now, tags: {} };
}

export function logGroupExists(call: Call, name: string): boolean {
  return name in logsState(call).groups;
}

function described(call: Call, group: LogGroup): object {
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    ...(group.retentionInDays === undefined ? {} : { retentionInDays: group.retentionInDays }),
    ...(group.kmsKeyId === undefined ? {} : { kmsKeyId: group.kmsKeyId }),
    metricFilterCount: 0,
    storedBytes: 0,
    arn: `${arnOf(call, group.name)}:*`,
    logGroupArn: arnOf(call, group.name),
    logGroupClass: 'STANDARD',
    deletionProtectionEnabled: false,
  };
}

export const logs: ServiceModel = {
  service: 'logs',
  operations: {
    CreateLogGroup: mutation(
      {
        logGroupName: z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/),
        kmsKeyId: z.string().optional(),
        tags: z.record(z.string(), z.string()).optional(),
        logGroupClass: z.literal('STANDARD').optional(),
      },
      (input, call) => {
        const { groups } = logsState(call);
        if (groups[input.logGroupName])
          throw new AwsFault('ResourceAlreadyExistsException', 'The specified log group already exists');
        groups[input.logGroupName] = {
          name: input.logGroupName,
          createdAt: call.now,
          tags: input.tags ?? {},
          ...(input.kmsKeyId === undefined ? {} : { kmsKeyId: input.kmsKeyId }),
        };
        return {};
      },
    ),
    DescribeLogGroups: read(
      {
        logGroupNamePrefix: z.string().optional(),
        limit: z.number().int().min(1).max(50).optional(),
        nextToken: z.string().optional(),
      },
      (input, call) => {
        const groups = Object.values(logsState(call).groups)
          .filter((group) => group.name.startsWith(input.logGroupNamePrefix ?? ''))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const { items, next } = pageOf(
          groups,
          input.nextToken,
          input.limit ?? 50,
          () => new AwsFault('InvalidParameterException', 'The specified nextToken is invalid.'),
        );
        return { logGroups: items.map((group) => described(call, group)), nextToken: next };
      },
    ),
    DeleteLogGroup: mutation({ logGroupName: z.string() }, (input, call) => {
      requireGroup(call, input.logGroupName);
      delete logsState(call).groups[input.logGroupName];
      return {};
    }),
    PutRetentionPolicy: mutation({ logGroupName: z.string(), retentionInDays: z.number() }, (input, call) => {
      if (!retentionDays.has(input.retentionInDays)) {
        throw new AwsFault(
          'InvalidParameterException',
          `1 validation error detected: Value '${input.retentionInDays}' at 'retentionInDays' is not one of those offered`,
        );
      }
      requireGroup(call, input.logGroupName).retentionInDays = input.retentionInDays;
      return {};
    }),
    TagResource: mutation(
      { resourceArn: z.string(), tags: z.record(z.string(), z.string()) },
      (input, call) => {
        Object.assign(groupByArn(call, input.resourceArn).tags, input.tags);
        return {};
      },
    ),
    UntagResource: mutation({ resourceArn: z.string(), tagKeys: z.array(z.string()) }, (input, call) => {
      const { tags } = groupByArn(call, input.resourceArn);
      for (const key of input.tagKeys) delete tags[key];
      return {};
    }),
    ListTagsForResource: read({ resourceArn: z.string() }, (input, call) => ({
      tags: groupByArn(call, input.resourceArn).tags,
    })),
  },
  inventory: (call) => ({ 'logs:log-group': Object.keys(logsState(call).groups) }),
};
