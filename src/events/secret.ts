import { base64, utf8 } from '../crypto/encoding.ts';
import { open, SealError, seal } from '../crypto/seal.ts';
import type { webhooks } from '../db/schema.ts';
import type { Config } from '../env.ts';

// Standard Webhooks, "Signature scheme": symmetric, HMAC-SHA256.

const prefix = 'whsec_';

/** A fresh signing secret, as its holder sees it, and as the row of its webhook keeps it. */
export async function newWebhookSecret(config: Config, webhookId: string) {
  const secret = prefix + base64(crypto.getRandomValues(new Uint8Array(32)));
  return { secret, sealedSecret: await seal(config.encryptionKeys, secret, place(webhookId)) };
}

/**
 * The secrets that sign at this moment: the webhook's own, and for a while the one before, if it still opens.
 *
 * @throws SealError where the key that its own was sealed under is gone
 */
export async function openSecrets(
  { encryptionKeys }: Config,
  webhook: typeof webhooks.$inferSelect,
  now: number,
): Promise<string[]> {
  const { id, sealedSecret, sealedPreviousSecret, previousSecretUntil } = webhook;
  const secret = await open(encryptionKeys, sealedSecret, place(id));
  if (sealedPreviousSecret === null || (previousSecretUntil ?? 0) <= now) return [secret];
  try {
    return [secret, await open(encryptionKeys, sealedPreviousSecret, place(id))];
  } catch (error) {
    if (error instanceof SealError) return [secret];
    throw error;
  }
}

/** The value of `webhook-signature`: one `v1` signature a secret, over `id.timestamp.body`. */
export async function signMessage(
  secrets: string[],
  message: { id: string; timestampSeconds: number; body: string },
): Promise<string> {
  const content = utf8(`${message.id}.${message.timestampSeconds}.${message.body}`);
  const signed = secrets.map(async (secret) => {
    const bytes = Uint8Array.from(atob(secret.slice(prefix.length)), (char) => char.charCodeAt(0));
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
    ]);
    return `v1,${base64(new Uint8Array(await crypto.subtle.sign('HMAC', key, content)))}`;
  });
  return (await Promise.all(signed)).join(' ');
}

function place(webhookId: string): string {
  return `webhook/${webhookId}/secret`;
}
