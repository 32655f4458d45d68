/** The secret that a laptop's front door and its signing script share: made at first use, kept beside the account. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { client } from '#lib/aws/clients.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { parseSecrets } from '#lib/webhook/secrets.ts';
import { homeRegion } from './account.ts';
import { makeFolder } from './state-folder.ts';

/** As Secrets Manager would hold it: `{ "secrets": ["whsec_…"] }`. Add a second one to the file to try a rotation. */
export function developmentSecret(folder: string): {
  readonly text: string;
  readonly secrets: readonly string[];
} {
  const file = join(folder, 'webhook-secret.json');
  if (!existsSync(file)) {
    makeFolder(folder);
    const secrets = [`whsec_${randomBytes(32).toString('base64')}`];
    writeFileSync(file, `${JSON.stringify({ secrets }, null, 2)}\n`, { mode: 0o600 });
  }
  const text = readFileSync(file, 'utf8');
  return { text, secrets: parseSecrets(text) };
}

const name = 'aoscloud-webhook';

/** Puts it into the embedded Secrets Manager, in place of an older one; answers its ARN. */
export async function arrangeSecret(text: string): Promise<string> {
  const secretsManager = client(SecretsManagerClient, { region: homeRegion });
  const found = await tolerating(['gone'], () =>
    secretsManager.send(new GetSecretValueCommand({ SecretId: name })),
  );
  if (found?.SecretString === text) return found.ARN as string;
  if (found) {
    await secretsManager.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
  }
  const made = await secretsManager.send(new CreateSecretCommand({ Name: name, SecretString: text }));
  return made.ARN as string;
}
