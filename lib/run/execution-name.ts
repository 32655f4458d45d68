/** What an execution may be called, and one that follows another. */
import { createHash } from 'node:crypto';

/** What Step Functions takes for an execution's name: no wildcards among it, which EC2's tag filters would follow. */
export const executionNamePattern = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

const longestExecutionName = 80;

/** The name of an execution that follows another; one that gets too long is cut, and told apart by its hash. */
export function followingName(execution: string, suffix: string): string {
  if (execution.length + suffix.length <= longestExecutionName) return `${execution}${suffix}`;
  const hash = createHash('sha256').update(execution).digest('hex').slice(0, 12);
  return `${execution.slice(0, longestExecutionName - suffix.length - hash.length - 1)}-${hash}${suffix}`;
}
