/** The documents of the front door, beside the request itself: what is sent to remove, and everything answered. */
import * as z from 'zod';

/** Body of a DELETE. */
export const removalBody = z.strictObject({
  confirm: z.string().meta({ description: "The environment's name again: consent to delete it." }),
  finalSnapshots: z
    .boolean()
    .default(true)
    .meta({ description: 'Databases leave a final snapshot unless this says false.' }),
  deleteLogs: z
    .boolean()
    .default(false)
    .meta({ description: "The databases' log groups stay unless this says true." }),
});

const executionName = z.string().meta({ description: "The Step Functions execution's name." });
const instant = z.iso.datetime();

export const accepted = z
  .strictObject({
    execution: executionName,
    environment: z.string(),
    status: z.literal('ACCEPTED').meta({ description: 'The same at every delivery of one webhook-id.' }),
    statusUrl: z.string().meta({ description: 'The environment, together with how this very run goes.' }),
  })
  .meta({ description: 'A run was started, or had been by an earlier delivery of the same message.' });

export const fleetAccepted = z
  .strictObject({
    execution: executionName,
    fleet: z.string(),
    status: z.literal('ACCEPTED').meta({ description: 'The same at every delivery of one webhook-id.' }),
    statusUrl: z.string().meta({ description: 'How the fleet goes, environment by environment.' }),
  })
  .meta({ description: 'A fleet was started, or had been by an earlier delivery of the same message.' });

const registryStatus = [
  'PROVISIONING',
  'READY',
  'FAILED',
  'DEPROVISIONING',
  'REMOVAL_FAILED',
  'GONE',
] as const;

const queue = z
  .strictObject({
    operation: z.string().meta({ description: 'The call of AWS, such as `ec2:CreateVpcEndpoint`.' }),
    place: z.number().int().min(1).meta({ description: 'Of its first call; 1 is next.' }),
    from: instant.meta({ description: 'When its first call is to be expected.' }),
    until: instant.meta({ description: 'When its last one is.' }),
  })
  .optional()
  .meta({
    description:
      "The place in the queue at one of AWS's rates, which all runs of an account share; while it waits there.",
  });

const step = z.strictObject({
  step: z.string(),
  status: z.enum(['ready', 'gone', 'pending', 'taken-back']).meta({
    description:
      'taken-back: what the latest run made of it is gone again, and what was there before stands.',
  }),
  since: instant.meta({ description: "The step's first look in this run." }),
  at: instant.meta({ description: 'When it last had something new to say.' }),
  detail: z.string().meta({ description: 'One sentence for the person watching.' }),
  queue,
});

const failure = z
  .strictObject({
    execution: executionName,
    error: z.string(),
    cause: z.string().meta({
      description:
        'In plain words: step, AWS operation, AWS error, what to do. Of a blocked removal: each thing in the way, whose it is, and what to do about it.',
    }),
    at: instant,
    step: z
      .string()
      .optional()
      .meta({ description: 'The step, or the function before and after the steps.' }),
    operation: z.string().optional().meta({ description: 'The AWS operation, where AWS refused.' }),
    code: z.string().optional().meta({ description: "AWS's own, where AWS refused." }),
    requestId: z.string().optional().meta({ description: 'By which AWS Support finds the call.' }),
    what: z.string().optional().meta({ description: 'What happened, without the other parts.' }),
    todo: z.string().optional().meta({ description: 'What to do.' }),
    rollback: z.string().optional().meta({ description: 'What became of the rollback.' }),
  })
  .meta({ description: 'The last failure; forgotten when a run ends well.' });

const drift = z
  .strictObject({
    at: instant,
    differences: z.array(
      z.strictObject({
        of: z.string().meta({ description: 'A field of the request, or a rule of the specification.' }),
        expected: z.string(),
        found: z.string(),
        repair: z.string().meta({ description: 'What would bring it back.' }),
      }),
    ),
    more: z.number().int().meta({ description: 'How many there are beside.' }),
  })
  .meta({
    description:
      'What the last scheduled look found not to be as the last run left it; forgotten when a run ends well.',
  });

export const run = z
  .strictObject({
    execution: executionName,
    status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']),
    startedAt: instant,
    endedAt: instant.optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
  })
  .meta({ description: 'The run asked for with ?execution=.' });

const memberEnd = z.strictObject({
  status: z.enum(['SUCCEEDED', 'FAILED', 'NOT_STARTED']),
  execution: executionName.optional().meta({ description: "The environment's own run." }),
  error: z.string().optional(),
  cause: z.string().optional().meta({ description: 'Shortened: all of it stands with the environment.' }),
  at: instant,
});

export const fleet = z.strictObject({
  execution: executionName,
  run,
  fleet: z
    .string()
    .optional()
    .meta({ description: 'Absent while the list is still looked at, and of one that was refused.' }),
  action: z.enum(['provision', 'deprovision']).optional(),
  environments: z.number().int().optional().meta({ description: 'How many there are.' }),
  succeeded: z.array(z.string()).optional(),
  failed: z.array(z.string()).optional(),
  notStarted: z.array(z.string()).optional(),
  underWay: z.array(z.string()).optional().meta({ description: 'Begun or waiting for their turn.' }),
  stopAt: z
    .number()
    .int()
    .nullable()
    .optional()
    .meta({ description: 'When so many have failed, no further one is started.' }),
  predictedEnd: instant.optional(),
  endedAt: instant.optional().meta({ description: 'When its end was written down.' }),
  failure: z.strictObject({ error: z.string(), cause: z.string() }).optional().meta({
    description:
      'Of one that broke off: stopped, out of time, or failed before all of its environments had ended.',
  }),
  ends: z
    .record(z.string(), memberEnd)
    .optional()
    .meta({ description: 'By environment, of those that have ended.' }),
});

export const environment = z.strictObject({
  environment: z.string(),
  status: z.enum([...registryStatus, 'REQUESTED']).meta({
    description:
      'REQUESTED: the registry has not heard of it (yet). `run` says whether the request is still being looked at, or why it was refused.',
  }),
  region: z.string().optional(),
  account: z.string().optional(),
  execution: executionName
    .optional()
    .meta({ description: 'The run that holds the environment, while one does.' }),
  startedAt: instant.optional().meta({ description: 'When that run took the environment.' }),
  estimatedReadyAt: instant
    .optional()
    .meta({ description: 'While provisioning; from typical AWS durations and the queues at its rates.' }),
  estimatedGoneAt: instant.optional().meta({ description: 'While being taken down.' }),
  readyAt: instant.optional().meta({ description: 'When it was last complete and verified.' }),
  updatedAt: instant.optional(),
  steps: z
    .array(step)
    .meta({ description: 'Those of the latest run that have begun, in the order of requesting.' }),
  outputs: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'Ids, endpoints and secret ARNs; never a secret.' }),
  failure: failure.optional(),
  drift: drift.optional(),
  run: run.optional(),
});

export const environments = z.strictObject({
  environments: z.array(
    z.strictObject({
      environment: z.string(),
      status: z.enum(registryStatus),
      region: z.string(),
      account: z.string(),
      execution: executionName.optional(),
      queue,
      updatedAt: instant,
      statusUrl: z.string(),
    }),
  ),
  more: z.number().int().meta({ description: 'How many there are beside these first ones.' }),
});

/** RFC 9457. */
export const problem = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  problems: z
    .array(z.string())
    .optional()
    .meta({ description: 'Every problem of the request: field, value, rule.' }),
  execution: executionName
    .optional()
    .meta({ description: 'The run in whose way this request is, or that of the message its id stands for.' }),
  statusUrl: z.string().optional(),
});

export const gatewayMessage = z
  .strictObject({ message: z.string() })
  .meta({ description: 'What API Gateway says by itself, in front of the service.' });
