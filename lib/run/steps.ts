/**
 * The steps of an environment, in the order of requesting (W1), and what is said of each in one place: names of states
 * and of rows, times, alarm groups, estimates, and the sums that tests check. Durations: aws-facts 0.6 and 15.
 */

interface StepFacts {
  /** For the person watching: the state's name in the graph, the row in the board. */
  readonly title: string;
  /** Where taking it down reads differently. */
  readonly removalTitle?: string;
  /** What a person would look at together. */
  readonly group: 'network' | 'eks' | 'data';
  /** From the first look to ready. Sets when looking is worth most. */
  readonly ensureTypicalSeconds: number;
  /** From the first look of one loop to ready; after that the step fails by name. */
  readonly ensureWithinSeconds: number;
  /** From the first look to gone. */
  readonly removeTypicalSeconds: number;
  readonly removeWithinSeconds: number;
}

export const steps = {
  vpc: {
    title: 'VPC and subnets',
    group: 'network',
    ensureTypicalSeconds: 10,
    ensureWithinSeconds: 600,
    removeTypicalSeconds: 10,
    removeWithinSeconds: 1800,
  },
  routing: {
    title: 'NAT, Internet Gateway and routes',
    group: 'network',
    ensureTypicalSeconds: 100,
    ensureWithinSeconds: 1200,
    removeTypicalSeconds: 150,
    removeWithinSeconds: 2700,
  },
  endpoints: {
    title: 'VPC endpoints',
    group: 'network',
    ensureTypicalSeconds: 120,
    ensureWithinSeconds: 900,
    removeTypicalSeconds: 120,
    removeWithinSeconds: 1200,
  },
  'security-groups': {
    title: 'Security groups',
    group: 'network',
    ensureTypicalSeconds: 10,
    ensureWithinSeconds: 900,
    removeTypicalSeconds: 10,
    removeWithinSeconds: 1200,
  },
  'eks-cluster': {
    title: 'EKS control plane',
    group: 'eks',
    ensureTypicalSeconds: 630,
    ensureWithinSeconds: 3600,
    removeTypicalSeconds: 600,
    removeWithinSeconds: 3600,
  },
  'eks-connect': {
    title: 'Connect EKS',
    removalTitle: 'Disconnect EKS',
    group: 'eks',
    ensureTypicalSeconds: 10,
    ensureWithinSeconds: 1200,
    removeTypicalSeconds: 10,
    removeWithinSeconds: 1200,
  },
  'eks-nodes': {
    title: 'EKS nodes',
    group: 'eks',
    ensureTypicalSeconds: 165,
    ensureWithinSeconds: 4500,
    removeTypicalSeconds: 300,
    removeWithinSeconds: 2700,
  },
  'eks-endpoints': {
    title: 'EKS group on the endpoints',
    removalTitle: 'EKS group off the endpoints',
    group: 'eks',
    ensureTypicalSeconds: 60,
    ensureWithinSeconds: 900,
    removeTypicalSeconds: 60,
    removeWithinSeconds: 900,
  },
  aurora: {
    title: 'Aurora',
    group: 'data',
    ensureTypicalSeconds: 450,
    // A change of class, two waves of readers and the writer, takes 15 minutes or more each; a version up to an hour.
    ensureWithinSeconds: 7500,
    removeTypicalSeconds: 450,
    removeWithinSeconds: 3600,
  },
  documentdb: {
    title: 'DocumentDB',
    group: 'data',
    ensureTypicalSeconds: 450,
    // A change of class, two waves of readers and the writer, takes 15 minutes or more each; a version up to an hour.
    ensureWithinSeconds: 7500,
    removeTypicalSeconds: 450,
    removeWithinSeconds: 3600,
  },
  elasticache: {
    title: 'ElastiCache',
    group: 'data',
    ensureTypicalSeconds: 600,
    ensureWithinSeconds: 5400,
    removeTypicalSeconds: 600,
    removeWithinSeconds: 3600,
  },
  efs: {
    title: 'EFS',
    group: 'data',
    ensureTypicalSeconds: 90,
    ensureWithinSeconds: 1800,
    removeTypicalSeconds: 60,
    removeWithinSeconds: 1200,
  },
} as const satisfies Record<string, StepFacts>;

/** The step folders. */
export type StepName = keyof typeof steps;

export const stepNames = Object.keys(steps) as readonly StepName[];

export type Verb = 'ensure' | 'remove';

export function titleOf(step: StepName, verb: Verb = 'ensure'): string {
  const { title, removalTitle }: StepFacts = steps[step];
  return verb === 'remove' ? (removalTitle ?? title) : title;
}

export interface StepTimes {
  readonly typicalSeconds: number;
  readonly deadlineSeconds: number;
}

export function timesOf(step: StepName, verb: Verb): StepTimes {
  const facts = steps[step];
  return verb === 'ensure'
    ? { typicalSeconds: facts.ensureTypicalSeconds, deadlineSeconds: facts.ensureWithinSeconds }
    : { typicalSeconds: facts.removeTypicalSeconds, deadlineSeconds: facts.removeWithinSeconds };
}

/** `SecurityGroupsEnsure`: the function's key, as the machines and the packaging name it. */
export function functionKeyOf(step: StepName, verb: Verb): string {
  return `${step}-${verb}`.replace(/(^|-)(\w)/g, (_all, _dash, letter: string) => letter.toUpperCase());
}

/** In the order of building; what stands in one line begins together. */
export const stages: readonly (readonly StepName[])[] = [
  ['vpc'],
  ['routing'],
  ['endpoints'],
  ['security-groups'],
  ['eks-cluster'],
  ['aurora', 'documentdb', 'elasticache', 'efs'],
  ['eks-connect'],
  ['eks-nodes', 'eks-endpoints'],
];
