/**
 * The rates at which AWS takes calls of an account in a region: published for EC2 (EC2 developer guide, "Request
 * throttling"; aws-facts 15). RDS, EKS and the others publish none. An account may have been given others: the variable
 * `ACCOUNT_RATES` says so, such as `{"111122223333": {"ec2:CreateVpcEndpoint": {"burst": 8, "perSecond": 1}}}`.
 */
import { z } from 'zod';
import { log } from './log.ts';

const rate = z.strictObject({ burst: z.number().min(1), perSecond: z.number().positive() });

export type Rate = z.infer<typeof rate>;

const perAction: Readonly<Record<string, Rate>> = {
  CreateVpcEndpoint: { burst: 4, perSecond: 0.3 },
  ModifyVpcEndpoint: { burst: 4, perSecond: 0.3 },
  DeleteVpcEndpoints: { burst: 4, perSecond: 0.3 },
  CreateNatGateway: { burst: 10, perSecond: 1 },
  DeleteNatGateway: { burst: 10, perSecond: 1 },
  CreateTags: { burst: 100, perSecond: 10 },
  DeleteTags: { burst: 100, perSecond: 10 },
  DeleteNetworkInterface: { burst: 100, perSecond: 5 },
};
const ofOthers: Rate = { burst: 50, perSecond: 5 };

const given = z.record(z.string().regex(/^\d{12}$/), z.record(z.string(), rate));

let parsed: { readonly text: string; readonly rates: z.infer<typeof given> } | undefined;

/** Of `ec2:CreateSubnet` and the like; undefined where nobody knows one, and of calls that only look. */
export function rateOf(operation: string, account: string): Rate | undefined {
  const own = ratesGiven()[account]?.[operation];
  if (own) return own;
  const [service, action = ''] = operation.split(':');
  if (service !== 'ec2' || /^(Describe|Get|List)/.test(action)) return undefined;
  return perAction[action] ?? ofOthers;
}

/** What is no rate stands for none: a parameter that somebody mistyped must not keep environments from being taken down. */
function ratesGiven(): z.infer<typeof given> {
  const text = process.env.ACCOUNT_RATES ?? '';
  if (parsed?.text !== text) parsed = { text, rates: text === '' ? {} : read(text) };
  return parsed.rates;
}

function read(text: string): z.infer<typeof given> {
  try {
    return given.parse(JSON.parse(text));
  } catch (error) {
    log.error('ACCOUNT_RATES is not as docs/deploy.md says: the published rates are used', {
      value: text,
      problem: error instanceof z.ZodError ? z.prettifyError(error) : String(error),
    });
    return {};
  }
}
