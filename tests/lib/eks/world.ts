/** The world the EKS steps find: a network with its endpoints, and as many of the EKS steps done as a test wants. */
import { CreateVpcEndpointCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { EngineOptions, Fault } from '#embedded/engine.ts';
import type { Call } from '#embedded/model.ts';
import { type Cluster, eksState } from '#embedded/services/eks/state.ts';
import { ensure as ensureCluster } from '#functions/eks-cluster/ensure.ts';
import { ensure as ensureConnection } from '#functions/eks-connect/ensure.ts';
import { ensure as ensureEndpoints } from '#functions/eks-endpoints/ensure.ts';
import { ensure as ensureNodes } from '#functions/eks-nodes/ensure.ts';
import { ensure as ensureRouting } from '#functions/routing/ensure.ts';
import { ensure as ensureVpc } from '#functions/vpc/ensure.ts';
import { client } from '#lib/aws/clients.ts';
import { tagSpecifications } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, RemovalTarget, Resources, StepAnswer } from '#lib/run/environment.ts';
import { answerStep, type StepContext, type StepOutcome } from '#lib/run/step.ts';
import type { StepName } from '#lib/run/steps.ts';
import { type TestAws, testAws, untilDone } from '../../support/embedded.ts';
import { samplePlan, sampleRemoval } from '../../support/plan.ts';

type Step<T extends EnvironmentPlan | RemovalTarget> = (context: StepContext<T>) => Promise<StepOutcome>;

const ensures = {
  'eks-cluster': ensureCluster,
  'eks-connect': ensureConnection,
  'eks-nodes': ensureNodes,
  'eks-endpoints': ensureEndpoints,
} as const;

export class EksWorld {
  readonly test: TestAws;
  readonly plan: EnvironmentPlan;
  resources: Resources = {};

  constructor(test: TestAws, plan: EnvironmentPlan) {
    this.test = test;
    this.plan = plan;
  }

  /** A network, and the cluster steps up to and including `upTo`. */
  static async made(
    upTo?: keyof typeof ensures,
    changes: Partial<EnvironmentPlan> = {},
    options: Partial<EngineOptions> & { seed?: number } = {},
  ): Promise<EksWorld> {
    const world = new EksWorld(testAws(options), samplePlan(changes));
    await world.makeNetwork();
    if (!upTo) return world;
    for (const step of Object.keys(ensures) as (keyof typeof ensures)[]) {
      await world.ensure(step);
      if (step === upTo) break;
    }
    return world;
  }

  get aws() {
    return this.test.aws;
  }

  /** Runs an ensure until it is ready, as the plan's execution or as another one. */
  async ensure(step: keyof typeof ensures, changes: Partial<EnvironmentPlan> = {}) {
    const plan = { ...this.plan, ...changes };
    if (changes.execution) this.forgetRun();
    const done = await untilDone(this.test, step, ensures[step], plan, this.resources);
    this.resources = done.answer.resources;
    return done;
  }

  /** What a run knows only of itself. */
  forgetRun(): void {
    const { nodegroupNames: _names, updateIds: _updates, ...ids } = this.resources;
    this.resources = ids;
  }

  /** One look only. */
  look<T extends EnvironmentPlan | RemovalTarget>(
    step: StepName,
    run: Step<T>,
    environment: T,
    last?: StepAnswer,
  ): Promise<StepAnswer> {
    const before = { step: 'accept', resources: this.resources } as StepAnswer;
    return answerStep(step, { typicalSeconds: 60, deadlineSeconds: 7200 }, run, {
      environment,
      step: last ?? before,
    });
  }

  /** Runs a removal until nothing is left. Like `deprovision`, it starts without ids. */
  remove(step: StepName, run: Step<RemovalTarget>, changes: Partial<RemovalTarget> = {}) {
    return untilDone(this.test, step, run, sampleRemoval(changes));
  }

  /** VPC, routes, and the twelve endpoints with the base group only, all available. */
  async makeNetwork(): Promise<void> {
    for (const [step, run] of [
      ['vpc', ensureVpc],
      ['routing', ensureRouting],
    ] as const) {
      const { answer } = await untilDone(this.test, step, run, this.plan, this.resources);
      this.resources = answer.resources;
    }
    for (const { suffix, serviceName } of this.plan.endpointServices) {
      // At the rate EC2 allows.
      this.test.advance(4);
      await client(EC2Client, this.plan).send(
        new CreateVpcEndpointCommand({
          VpcEndpointType: 'Interface',
          VpcId: this.resources.vpcId,
          ServiceName: serviceName,
          SubnetIds: [this.resources.subnetIds!['subnet/endpoints/a']!],
          SecurityGroupIds: [this.resources.defaultSecurityGroupId!],
          PrivateDnsEnabled: suffix !== 's3',
          TagSpecifications: tagSpecifications(this.plan, 'vpc-endpoint', `endpoint/${suffix}`),
        }),
      );
    }
    this.test.advance(300);
  }

  inventory(): Record<string, string[]> {
    return this.aws.inventory(this.plan.region);
  }

  /** What the model keeps, to look at and to arrange. */
  inside<T>(look: (call: Call) => T): T {
    return this.aws.inspect(this.plan.region, look);
  }

  /** Looks at, or arranges, the cluster that is there. */
  cluster<T>(look: (cluster: Cluster) => T): T {
    return this.inside((call) => look(eksState(call).clusters['aoscloud-dev']!));
  }

  /** Injects a fault into the first call of an operation. */
  once(operation: string, fault: Fault): void {
    let left = 1;
    this.aws.inject = (call) => (call.operation === operation && left-- > 0 ? fault : undefined);
  }

  /** Names of the mutating calls made by `work` in the environment's account. */
  async mutationsOf(work: () => Promise<unknown>): Promise<string[]> {
    const before = this.aws.mutations.length;
    await work();
    return this.aws.mutations
      .slice(before)
      .map(({ operation }) => operation)
      .filter((operation) => !operation.startsWith('dynamodb:'));
  }
}
