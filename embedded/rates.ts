/** The published EC2 token buckets, per action (aws-facts 15). RDS, EKS and the rest publish none. */
interface Bucket {
  readonly size: number;
  readonly refillPerSecond: number;
}

const perAction: Readonly<Record<string, Bucket>> = {
  CreateVpcEndpoint: { size: 4, refillPerSecond: 0.3 },
  ModifyVpcEndpoint: { size: 4, refillPerSecond: 0.3 },
  DeleteVpcEndpoints: { size: 4, refillPerSecond: 0.3 },
  CreateNatGateway: { size: 10, refillPerSecond: 1 },
  DeleteNatGateway: { size: 10, refillPerSecond: 1 },
  CreateTags: { size: 100, refillPerSecond: 10 },
  DeleteTags: { size: 100, refillPerSecond: 10 },
  CreateNetworkInterface: { size: 100, refillPerSecond: 5 },
  DeleteNetworkInterface: { size: 100, refillPerSecond: 5 },
};
const observing: Bucket = { size: 100, refillPerSecond: 20 };
const mutating: Bucket = { size: 50, refillPerSecond: 5 };

/** The bucket of `ec2:CreateVpc` and the like, as far as others leave it; none where AWS publishes no rate. */
export function bucketOf(operation: string, usedByOthers = 0): Bucket | undefined {
  const [service, action] = operation.split(':') as [string, string];
  if (service !== 'ec2') return undefined;
  const { size, refillPerSecond } =
    perAction[action] ?? (/^(Describe|Get|List)/.test(action) ? observing : mutating);
  const left = 1 - usedByOthers;
  return { size: Math.max(1, size * left), refillPerSecond: refillPerSecond * left };
}

/** Token buckets of one process; they fill up within seconds, so they are not stored. */
export class RateLimits {
  readonly #levels = new Map<string, { tokens: number; at: number }>();
  readonly #usedByOthers: number;

  /** `usedByOthers`: the share of each bucket that somebody else of the account uses all the time. */
  constructor(usedByOthers = 0) {
    this.#usedByOthers = usedByOthers;
  }

  /** Takes a token for `ec2:CreateVpc` and the like; false means: refuse for rate. `now` in milliseconds. */
  take(operation: string, where: string, now: number): boolean {
    const bucket = bucketOf(operation, this.#usedByOthers);
    if (!bucket) return true;
    const key = `${where}/${operation}`;
    const level = this.#levels.get(key) ?? { tokens: bucket.size, at: now };
    const tokens = Math.min(bucket.size, level.tokens + ((now - level.at) / 1000) * bucket.refillPerSecond);
    const allowed = tokens >= 1;
    this.#levels.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }
}
