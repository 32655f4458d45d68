/**
 * What crosses between the console's server and the page: documents and events, plain JSON. Times are milliseconds
 * since the epoch on the clock of the account (virtual on the embedded one).
 */

export type MachineName = 'provision' | 'deprovision';
export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** A run's own facts. `parent`: the run whose rollback this one is. */
export interface RunHead {
  readonly execution: string;
  readonly machine: MachineName;
  readonly environment: string;
  readonly startedAt: number;
  readonly status: RunStatus;
  readonly endedAt?: number;
  readonly parent?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** What a step answered at one look. */
export interface Look {
  readonly step: string;
  readonly status: 'ready' | 'gone' | 'pending' | 'taken-back';
  readonly detail: string;
  readonly since: string;
  readonly retryAfterSeconds: number;
  readonly resources: Readonly<Record<string, unknown>>;
}

interface Zone {
  readonly name: string;
  readonly id: string;
}

/** The accepted request, as far as it is shown. */
export interface Plan {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly vpcCidr: string;
  readonly zones: readonly Zone[];
  /** The sixteen; `component` such as `subnet/eks-private/a`. */
  readonly subnets: readonly {
    readonly component: string;
    readonly group: string;
    readonly cidr: string;
    readonly zone: Zone;
  }[];
  readonly endpointServices: readonly { readonly suffix: string }[];
  readonly eks: {
    readonly version: string;
    readonly publicAccess: boolean;
    readonly administrators: readonly string[];
    readonly nodes: {
      readonly instanceTypes: readonly string[];
      readonly minSize: number;
      readonly maxSize: number;
    };
  };
  readonly aurora: Database;
  readonly documentdb: Database;
  readonly elasticache: { readonly nodeType: string; readonly replicas: number };
  readonly efs: { readonly throughputMode: string };
  readonly loadBalancer: {
    readonly ingress: readonly {
      readonly protocol: string;
      readonly fromPort?: number;
      readonly toPort?: number;
      readonly cidr: string;
    }[];
  };
  readonly network: { readonly s3GatewayEndpoint: boolean; readonly natGateways: 'one' | 'per-zone' };
}

interface Database {
  readonly instanceClass: string;
  readonly instances: number;
  readonly engineVersion: string;
}

/** What a run does to an environment that exists. */
interface Change {
  readonly kind: 'add' | 'change' | 'replace' | 'refuse';
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly interrupts?: string;
  readonly aboutSeconds?: number;
  readonly why?: string;
  readonly instead?: string;
}

export interface Rule {
  /** `R1` to `R32`. */
  readonly rule: string;
  readonly holds: boolean;
  readonly evidence: string;
  readonly drift?: readonly string[];
}

/** What a finished environment offers: texts, lists and members of texts. */
export type Outputs = Readonly<Record<string, unknown>>;

interface At {
  /** Rises by one with every event of the stream: where to go on after a lost connection. */
  readonly sequence: number;
  readonly execution: string;
  readonly at: number;
}

export type RunEvent =
  | (At & { readonly type: 'run-started'; readonly run: RunHead })
  | (At & { readonly type: 'entered'; readonly state: string; readonly stateType: string })
  | (At & { readonly type: 'exited' | 'retried' | 'caught' | 'stopped'; readonly state: string })
  | (At & { readonly type: 'answered'; readonly state: string; readonly look: Look })
  | (At & { readonly type: 'failed'; readonly state: string; readonly error: string; readonly cause: string })
  | (At & {
      readonly type: 'called';
      readonly state: string;
      readonly operation: string;
      readonly mutates: boolean;
      /** The refusal's code, where AWS refused it. */
      readonly refusal?: string;
    })
  | (At & {
      readonly type: 'accepted';
      readonly plan: Plan;
      readonly changes: readonly Change[];
      readonly warnings: readonly string[];
    })
  /** What AWS said of a resource: its id, or the step it is all of; the state in AWS's own word. */
  | (At & { readonly type: 'seen'; readonly resource: string; readonly as: string })
  | (At & { readonly type: 'attested'; readonly rules: readonly Rule[]; readonly outputs: Outputs })
  | (At & {
      readonly type: 'run-ended';
      readonly status: Exclude<RunStatus, 'RUNNING'>;
      readonly error?: string;
      readonly cause?: string;
    });

/** Where the page is served, and by whom. */
export interface Session {
  /** For a person: "embedded AWS in .local". */
  readonly where: string;
  /** Simulated seconds a second; null for as fast as it goes. */
  readonly speed: number | null;
}
