/**
 * Standard Webhooks: `webhook-signature` holds one or more `v1,<base64 HMAC-SHA256 of id.timestamp.payload>`.
 *
 * The library signs; age is judged here, from when API Gateway took the request rather than from when a cold
 * sandbox got to it.
 */
import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export interface SignedMessage {
  readonly id: string | undefined;
  /** Seconds since the epoch, as text. */
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly payload: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** Either way: a message from the future is as wrong as one from the past. */
const toleranceSeconds = 5 * 60;
const longestIdCharacters = 256;

/** Is it signed with one of `secrets`, and fresh? Comparing takes the same time however much of it is right. */
export function isAuthentic(message: SignedMessage, secrets: readonly string[]): boolean {
  const { id, timestamp, signature, payload, receivedAt } = message;
  if (!id || id.length > longestIdCharacters || !signature || !timestamp || !/^\d{1,11}$/.test(timestamp))
    return false;
  if (Math.abs(Math.floor(receivedAt / 1000) - Number(timestamp)) > toleranceSeconds) return false;
  const given = signature.split(' ').map((one) => Buffer.from(one));
  return secrets
    .map((secret) => Buffer.from(new Webhook(secret).sign(id, new Date(Number(timestamp) * 1000), payload)))
    .some((expected) =>
      given.some((one) => one.length === expected.length && timingSafeEqual(one, expected)),
    );
}
