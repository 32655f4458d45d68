/** What Step Functions puts into a state when a Task has failed, in plain words. */

/** What a Catch puts into the state. */
export interface CaughtError {
  readonly Error: string;
  readonly Cause: string;
}

/** Lambda's Cause is JSON with `errorMessage`; that of a nested execution is the execution, with its own Cause if it has one. */
export function plainWords({ Error: name, Cause: cause }: CaughtError): string {
  if (!cause?.startsWith('{')) return cause ? `${name}: ${cause}` : name;
  const parsed = parsedCause(cause);
  if (parsed.errorMessage) return parsed.errorMessage;
  if (parsed.Cause) return plainWords({ Error: parsed.Error ?? name, Cause: parsed.Cause });
  if (parsed.Status) return nestedWords(parsed);
  return parsed.errorType ?? name;
}

interface ParsedCause {
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly Error?: string;
  readonly Cause?: string;
  readonly Name?: string;
  readonly ExecutionArn?: string;
  readonly Status?: string;
}

const ends: Readonly<Record<string, string>> = {
  ABORTED: 'was stopped by somebody',
  TIMED_OUT: 'reached its own time limit',
};

/** A stopped execution, and one out of time, have neither Error nor Cause. */
function nestedWords({ Name, ExecutionArn, Status, Error: error }: ParsedCause): string {
  const name = Name ?? ExecutionArn?.split(':').at(-1) ?? 'without a name';
  return `execution ${name} ${ends[Status as string] ?? `ended as ${Status}${error ? ` (${error})` : ''}`}.`;
}

function parsedCause(cause: string): ParsedCause {
  try {
    return JSON.parse(cause);
  } catch {
    // Step Functions cuts a Cause at 32,768 characters: what can be read of it.
    const field = (key: string) => new RegExp(`"${key}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)`).exec(cause)?.[1];
    return Object.fromEntries(
      ['errorType', 'errorMessage', 'Name', 'ExecutionArn', 'Status'].flatMap((key) => {
        const value = field(key);
        return value ? [[key, value]] : [];
      }),
    );
  }
}
