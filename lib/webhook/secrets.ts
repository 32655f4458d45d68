/**
 * The secrets senders sign with, from Secrets Manager: `{ "secrets": ["whsec_…", "whsec_…"] }` (several are valid
 * at once, so that one can be rotated without a gap), or one plain `whsec_…`.
 */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { homeClient } from '#lib/aws/clients.ts';

/** How long a sandbox trusts what it read. */
const keptSeconds = 5 * 60;
/** After a signature that fits no secret, they are read again, but not oftener: anybody can send a bad signature. */
const rereadSeconds = 30;

let known: { readonly secrets: readonly string[]; readonly readAt: number } | undefined;

/** The secrets valid now. `newer`: those known did not fit, so read again if that was not done a moment ago. */
export async function webhookSecrets(
  { newer }: { newer: boolean } = { newer: false },
): Promise<readonly string[]> {
  const ageSeconds = known ? (Date.now() - known.readAt) / 1000 : Number.POSITIVE_INFINITY;
  if (known && ageSeconds < (newer ? rereadSeconds : keptSeconds)) return known.secrets;
  const secrets = await readSecrets();
  known = { secrets, readAt: Date.now() };
  return secrets;
}

/** Forgets what was read, as a new sandbox would. */
export function forgetSecrets(): void {
  known = undefined;
}

async function readSecrets(): Promise<readonly string[]> {
  const SecretId = process.env.WEBHOOK_SECRET_ID;
  if (!SecretId) throw new Error('WEBHOOK_SECRET_ID is not set');
  const { SecretString } = await homeClient(SecretsManagerClient).send(
    new GetSecretValueCommand({ SecretId }),
  );
  return parseSecrets(SecretString ?? '');
}

const document = z.object({ secrets: z.array(z.string()).min(1).max(5) });

/** Throws where there is no usable secret; the message never holds the value. */
export function parseSecrets(value: string): readonly string[] {
  const secrets = value.trimStart().startsWith('{')
    ? document.safeParse(json(value)).data?.secrets
    : [value.trim()];
  if (!secrets?.every(isStrong)) {
    throw new Error(
      'the webhook secret must be whsec_ followed by the base64 of 24 to 64 bytes, or JSON { "secrets": [one to five of these] }',
    );
  }
  return secrets;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not thrown on: a JSON error quotes the text, which is secret. Undefined is refused by the caller.
    return undefined;
  }
}

/** Standard Webhooks asks for 24 to 64 bytes. */
function isStrong(secret: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  const bytes = encoded ? Buffer.from(encoded, 'base64').length : 0;
  return bytes >= 24 && bytes <= 64 && encoded !== undefined && encoded.length % 4 === 0;
}
