/**
 * Secrets Manager: secrets of our own, and those RDS and DocumentDB make for their master users. The latter show
 * that they exist and nothing more: no test and no handler has any business with their values (R32).
 */
import { z } from 'zod';
import { AwsFault, type Call, mutation, read, type ServiceModel } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly createdAt: number;
  readonly tags: Record<string, string>;
  /** Set for secrets another service made and keeps. */
  readonly owningService?: string;
  readonly versionId: string;
  /** Only of secrets of our own. */
  readonly value?: string;
  /** When it will be gone; until then it can only be looked at. */
  deletedAt?: number;
}

interface SecretsState {
  /** By ARN. */
  secrets: Record<string, Secret>;
}

function secretsState(call: Call): SecretsState {
  return call.state<SecretsState>('secretsmanager', () => ({ secrets: {} }));
}

interface NewSecret {
  readonly name: string;
  readonly value?: string | undefined;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly owningService?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

function add(call: Call, { name, tags, ...rest }: NewSecret): Secret {
  const secret: Secret = {
    arn: `arn:${call.partition}:secretsmanager:${call.region}:${call.account}:secret:${name}-${call.hex(6)}`,
    name,
    createdAt: call.now,
    tags: { ...tags },
    versionId: uuid(call),
    ...(Object.fromEntries(
      Object.entries(rest).filter(([, member]) => member !== undefined),
    ) as Partial<Secret>),
  };
  secretsState(call).secrets[secret.arn] = secret;
  return secret;
}

function uuid(call: Call): string {
  return [8, 4, 4, 4, 12].map((length) => call.hex(length)).join('-');
}

/** Arranges a secret as an operator would have; answers its ARN. Twice is once. */
export function placeSecret(call: Call, secret: { name: string; value: string }): string {
  const known = Object.values(secretsState(call).secrets).find(({ name }) => name === secret.name);
  return (known ?? add(call, secret)).arn;
}

/** A secret that `owner` (`rds`) makes for a cluster and keeps. Answers its ARN. */
export function addManagedSecret(
  call: Call,
  secret: { owner: string; clusterArn: string; kmsKeyId: string | undefined },
): string {
  return add(call, {
    name: `${secret.owner}!cluster-${uuid(call)}`,
    owningService: secret.owner,
    kmsKeyId: secret.kmsKeyId,
    tags: {
      'aws:rds:primaryDBClusterArn': secret.clusterArn,
      'aws:secretsmanager:owningService': secret.owner,
    },
  }).arn;
}

/** What its owner does with it when the cluster goes: no recovery window. */
export function removeManagedSecret(call: Call, arn: string): void {
  delete secretsState(call).secrets[arn];
}

function requireSecret(call: Call, id: string): Secret {
  const secret = Object.values(secretsState(call).secrets).find((one) => one.arn === id || one.name === id);
  if (!secret)
    throw new AwsFault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  return secret;
}

function described(secret: Secret): object {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    OwningService: secret.owningService,
    RotationEnabled: secret.owningService !== undefined,
    ...(secret.owningService === undefined ? {} : { RotationRules: { AutomaticallyAfterDays: 7 } }),
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.createdAt),
    ...(secret.deletedAt === undefined ? {} : { DeletedDate: new Date(secret.deletedAt) }),
    Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

const invalidToken = () =>
  new AwsFault('InvalidNextTokenException', 'You provided an invalid value for NextToken.');

export const secretsmanager: ServiceModel = {
  service: 'secretsmanager',
  operations: {
    CreateSecret: mutation(
      {
        Name: z.string().regex(/^[A-Za-z0-9/_+=.@!-]{1,512}$/),
        ClientRequestToken: z.string().optional(),
        Description: z.string().optional(),
        KmsKeyId: z.string().optional(),
        SecretString: z.string().optional(),
        Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
      },
      (input, call) => {
        const taken = Object.values(secretsState(call).secrets).find((one) => one.name === input.Name);
        if (taken?.deletedAt !== undefined)
          throw new AwsFault(
            'InvalidRequestException',
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
          );
        if (taken)
          throw new AwsFault(
            'ResourceExistsException',
            `The operation failed because the secret ${input.Name} already exists.`,
          );
        const secret = add(call, {
          name: input.Name,
          value: input.SecretString,
          description: input.Description,
          kmsKeyId: input.KmsKeyId,
          tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
        });
        return { ARN: secret.arn, Name: secret.name, VersionId: secret.versionId };
      },
    ),
    DescribeSecret: read({ SecretId: z.string() }, (input, call) => ({
      ...described(requireSecret(call, input.SecretId)),
    })),
    GetSecretValue: read({ SecretId: z.string() }, (input, call) => {
      const secret = requireSecret(call, input.SecretId);
      if (secret.owningService !== undefined)
        throw new AwsFault(
          'AccessDeniedException',
          `User: ${call.caller} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${secret.arn}`,
        );
      if (secret.deletedAt !== undefined)
        throw new AwsFault(
          'InvalidRequestException',
          "You can't perform this operation on the secret because it was marked for deletion.",
        );
      if (secret.value === undefined)
        throw new AwsFault(
          'ResourceNotFoundException',
          "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        );
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: secret.versionId,
        VersionStages: ['AWSCURRENT'],
        SecretString: secret.value,
        CreatedDate: new Date(secret.createdAt),
      };
    }),
    DeleteSecret: mutation(
      {
        SecretId: z.string(),
        RecoveryWindowInDays: z.number().int().min(7).max(30).optional(),
        ForceDeleteWithoutRecovery: z.boolean().optional(),
      },
      (input, call) => {
        const secret = requireSecret(call, input.SecretId);
        if (secret.owningService !== undefined)
          throw new AwsFault(
            'InvalidRequestException',
            `You can't delete the secret because it is managed by ${secret.owningService}.`,
          );
        const days = input.ForceDeleteWithoutRecovery ? 0 : (input.RecoveryWindowInDays ?? 30);
        secret.deletedAt = call.now + days * 86_400_000;
        if (days === 0) delete secretsState(call).secrets[secret.arn];
        else call.schedule('secretsmanager:gone', secret.arn, days * 86_400_000);
        return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(secret.deletedAt) };
      },
    ),
    ListSecrets: read(
      {
        MaxResults: z.number().int().min(1).max(100).optional(),
        NextToken: z.string().optional(),
        IncludePlannedDeletion: z.boolean().optional(),
      },
      (input, call) => {
        const secrets = Object.values(secretsState(call).secrets).filter(
          (one) => input.IncludePlannedDeletion || one.deletedAt === undefined,
        );
        const page = pageOf(secrets, input.NextToken, input.MaxResults ?? 100, invalidToken);
        return { SecretList: page.items.map(described), NextToken: page.next };
      },
    ),
  },
  events: {
    'secretsmanager:gone': (arn, call) => {
      delete secretsState(call).secrets[arn];
    },
  },
  inventory: (call) => ({
    'secretsmanager:secret': Object.values(secretsState(call).secrets)
      .filter((one) => one.deletedAt === undefined)
      .map((one) => one.name),
  }),
};
