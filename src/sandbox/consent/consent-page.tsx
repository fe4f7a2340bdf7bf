import { raw } from 'hono/html';
import { fillBlanks } from '../../built/blanks.ts';
import { readBuilt } from '../../built/read.ts';
import { sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import { type Asked, addGrant, lifetimes } from '../grants.ts';
import type { SandboxContext } from '../provider.ts';
import { showPage } from './page.tsx';

/** Keeps the request until it has been decided on, and asks the person. */
export async function showConsent(c: SandboxContext, asked: Asked): Promise<Response> {
  const { db, now } = c.var.sandbox;
  const parts = await readBuilt(c.env.ASSETS, 'consent');
  const pending = randomSecret('sandbox_pending_');
  const expiresAt = now() + lifetimes.asked;
  await addGrant(db, { state: asked, codeHash: await sha256(pending), expiresAt });
  const isOAuth2 = asked.protocol === 'oauth2';
  const form = isOAuth2 ? (asked.scopes.length > 1 ? parts.several : parts.one) : parts.none;
  const shared = (isOAuth2 ? asked.scopes : ['profile', 'photos']).map((name) => parts.shareable[name]);
  const values = { action: c.req.path, pending, shared: raw(shared.join('')) };
  const title = `Share your ${isOAuth2 ? 'Pacer' : 'Darkroom'} data?`;
  return showPage(c, 200, title, fillBlanks(form, values));
}
