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
  /** Its page in AWS's own console. */
  readonly consoleUrl?: string;
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
  /** While it waits for its turn at one of AWS's rates: when its first and its last call are to be expected, ISO 8601. */
  readonly queue?: {
    readonly operation: string;
    readonly place: number;
    readonly from: string;
    readonly until: string;
  };
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
  readonly network: {
    readonly s3GatewayEndpoint: boolean;
    readonly natGateways: 'one' | 'per-zone';
    readonly flowLogs?: { readonly destination: string; readonly trafficType: string };
    readonly transitGateway?: { readonly id: string; readonly routes: readonly string[] };
  };
}

interface Database {
  readonly instanceClass: string;
  readonly instances: number;
  readonly engineVersion: string;
}

/** What a run does to an environment that exists. */
export interface Change {
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
  /** What each step is expected to take, by its name: as it usually does, or as long as its changes take. */
  | (At & { readonly type: 'expected'; readonly seconds: Readonly<Record<string, number>> })
  /** When the run is expected to end, told whenever that moves; null once nobody knows. `by`: the step that moved it. */
  | (At & { readonly type: 'estimated'; readonly end: number | null; readonly by?: string })
  | (At & { readonly type: 'attested'; readonly rules: readonly Rule[]; readonly outputs: Outputs })
  | (At & {
      readonly type: 'run-ended';
      readonly status: Exclude<RunStatus, 'RUNNING'>;
      readonly error?: string;
      readonly cause?: string;
    });

/** Where the page is served, by whom, and what it may do. */
export interface Session {
  /** For a person: "the embedded AWS in .local". */
  readonly where: string;
  /** Simulated seconds a second; null for as fast as it goes. */
  readonly speed: number | null;
  /** The account's clock is everybody's. */
  readonly isRealTime?: true;
  /** Runs may be started from here. */
  readonly starts: boolean;
  /** The embedded AWS: its speed, and what may go wrong in it, are in the hand of whoever looks. */
  readonly controls: boolean;
  /** The command line that shows all this again once the process behind the page has ended. */
  readonly again: string;
}

export interface RunSummary {
  readonly execution: string;
  readonly machine: MachineName;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** It takes back what another run made. */
  readonly isRollback: boolean;
  /** Its page in AWS's own console. */
  readonly consoleUrl?: string;
}

/** A place among the runs that wait for their turn at one of AWS's rates. */
export interface QueuePlace {
  /** Such as `ec2:CreateVpcEndpoint`. */
  readonly operation: string;
  readonly place: number;
  /** When it comes due: a time of the day, UTC. */
  readonly from: string;
}

export interface EnvironmentRow {
  readonly name: string;
  readonly status: string;
  readonly region: string;
  readonly account: string;
  readonly vpcCidr?: string;
  /** When its first run began. */
  readonly since?: number;
  readonly lastRun?: RunSummary;
  /** The run that is at it. */
  readonly execution?: string;
  /** How many steps of the run at it are through. */
  readonly steps?: { readonly done: number; readonly all: number };
  /** Where that run waits for its turn. */
  readonly queue?: QueuePlace;
  /** Differences the last look found; absent where nobody looked since the last run. */
  readonly drift?: number;
  /** US dollars, idle: endpoints, NAT gateways and control plane. */
  readonly idleCostADay?: number;
}

export interface EnvironmentDocument extends EnvironmentRow {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  readonly request?: unknown;
  readonly failure?: { readonly error: string; readonly cause: string; readonly execution: string };
  readonly differences: readonly {
    readonly of: string;
    readonly expected: string;
    readonly found: string;
    readonly repair: string;
  }[];
}

/** What a run of a request would do. */
export interface PlanDocument {
  readonly exists: boolean;
  readonly changes: readonly Change[];
  readonly broken: readonly Rule[];
  readonly warnings: readonly string[];
  readonly refusal?: string;
  readonly plan?: Plan;
  readonly resources?: Readonly<Record<string, number>>;
  readonly expectedSeconds?: number;
  /** US dollars a month, before nodes, databases and caches. */
  readonly idle?: { readonly before: number; readonly after: number };
  /** The same of those, nodes at their fewest; without what has no known price. */
  readonly machines?: { readonly before: MachineCost; readonly after: MachineCost };
}

interface MachineCost {
  readonly dollars: number;
  readonly unknown: readonly string[];
}

/** What a form is made of. */
export interface FormDocument {
  /** JSON Schema, draft 2020-12. */
  readonly schema: JsonSchema;
  readonly examples: readonly {
    readonly name: string;
    readonly request: Readonly<Record<string, unknown>>;
  }[];
}

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: unknown;
}

/** What whoever looks does to the embedded AWS, or to a run on it. */
export type Control =
  | { readonly do: 'speed'; readonly speed: number | null }
  | { readonly do: 'fail'; readonly execution: string; readonly state: string }
  | { readonly do: 'stop' | 'kill'; readonly execution: string };

/** An answer of a button: what was started, or why nothing was. */
export interface ActionAnswer {
  readonly execution?: string;
  readonly problem?: string;
}
