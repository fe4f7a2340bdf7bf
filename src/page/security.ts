import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { randomSecret } from '../crypto/random.ts';

interface PageNeeds {
  /** Where the page's forms may end up. */
  formAction?: string;
  /** The page's own scripts talk to us. */
  connect?: boolean;
}

/**
 * The headers of every page the worker renders: nothing inline but what carries the nonce, nothing
 * framed, no opener severed (a page of ours may be a popup).
 *
 * @returns the nonce
 */
export function pageSecurity<Env extends AppEnv>(
  c: Context<Env>,
  { formAction = "'none'", connect = false }: PageNeeds = {},
): string {
  const nonce = randomSecret();
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${connect ? "'self'" : "'none'"}`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  c.header('Content-Security-Policy', policy.join('; '));
  c.header('X-Content-Type-Options', 'nosniff');
  // With no-referrer, browsers say Origin: null of our own forms.
  c.header('Referrer-Policy', 'same-origin');
  c.header('Cache-Control', 'no-store');
  return nonce;
}
