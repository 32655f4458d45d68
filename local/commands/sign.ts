/** `sign METHOD PATH [FILE]`: the headers of a signed message for the local front door, or for any with `--secret`. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { developmentSecret } from '#local/webhook-secret.ts';

export interface SignOptions {
  readonly state: string;
  readonly secret?: string;
  readonly id?: string;
  readonly confirm?: string;
  readonly curl: boolean;
  readonly url: string;
}

export function sign(method: string, path: string, file: string | undefined, options: SignOptions): number {
  const secret = options.secret ?? (developmentSecret(options.state).secrets[0] as string);
  const id = options.id ?? `msg_${randomUUID()}`;
  const now = new Date();
  // The body is signed as it will be sent, byte by byte; a removal without one signs its x-confirm.
  const payload = file ? readFileSync(file, 'utf8') : (options.confirm ?? '');
  const headers = [
    `webhook-id: ${id}`,
    `webhook-timestamp: ${Math.floor(now.getTime() / 1000)}`,
    `webhook-signature: ${new Webhook(secret).sign(id, now, payload)}`,
    ...(options.confirm && !file ? [`x-confirm: ${options.confirm}`] : []),
  ];
  const lines = options.curl ? [curlLine(method, new URL(path, options.url), file, headers)] : headers;
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function curlLine(method: string, url: URL, file: string | undefined, headers: readonly string[]): string {
  const body = file ? ["-H 'content-type: application/json'", `--data-binary ${quoted(`@${file}`)}`] : [];
  return [
    `curl -sS -i -X ${method}`,
    ...headers.map((header) => `-H ${quoted(header)}`),
    ...body,
    quoted(url.href),
  ].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
