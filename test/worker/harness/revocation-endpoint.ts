import { onTestFinished } from 'vitest';
import { ok } from './answers.ts';
import { manage } from './management.ts';
import { OAuth2Provider } from './oauth2-provider.ts';
import type { World } from './world.ts';

/** What a provider was asked to revoke (RFC 7009 §2.1). */
interface Revoked {
  method: string;
  token: string | null;
  hint: string | null;
  /** `<client id>:<client secret>`, as HTTP Basic brought them. */
  client: string;
}

/** A provider’s revocation endpoint, on a host of its own. */
export class RevocationEndpoint {
  readonly url: string;
  readonly asked: Revoked[] = [];
  /** What it answers. */
  status = 200;
  /** Off: nobody answers at all. */
  reachable = true;

  constructor(world: World, provider: OAuth2Provider) {
    const host = `revoke.${provider.host}`;
    this.url = `https://${host}/revoke`;
    // Another test's sweep would find what this one leaves, and its net has no such host.
    onTestFinished(async () => {
      await world.db.batch(
        ['grants', 'revocations'].map((table) => world.db.prepare(`DELETE FROM ${table}`)),
      );
    });
    world.internet.host(host, async (request) => {
      if (!this.reachable) throw new TypeError('Connection refused');
      const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
      const basic = atob(request.headers.get('Authorization')?.slice(6) ?? '');
      this.asked.push({
        method: request.method,
        token: form.get('token'),
        hint: form.get('token_type_hint'),
        client: decodeURIComponent(basic.replaceAll('+', ' ')),
      });
      return new Response(null, { status: this.status });
    });
  }

  /** The tokens it was asked to revoke, in order. */
  get tokens(): (string | null)[] {
    return this.asked.map(({ token }) => token);
  }
}

/** The refresh token of a Connection: what is revoked where there is one. */
export async function refreshTokenOf(world: World, id: string, key?: string): Promise<string> {
  const shown = await ok<{ auth: { data: { refresh_token?: string } } }>(
    manage(world, 'GET', `/connections/${id}`, undefined, key),
  );
  return shown.auth.data.refresh_token ?? '';
}

/** How many grants wait to be revoked at this provider. */
export async function queued(world: World, { host }: OAuth2Provider): Promise<number> {
  const count = 'SELECT count(*) AS n FROM revocations WHERE instr(definition, ?) > 0';
  return (await world.db.prepare(count).bind(host).first<number>('n')) ?? 0;
}

/** A provider that revokes, and its source. No other test shares its client registration. */
export async function revocable(world: World, changes: Record<string, unknown> = {}, key?: string) {
  const clientId = `client-${crypto.randomUUID()}`;
  const provider = Object.assign(new OAuth2Provider(world, `revocable-${clientId.slice(7, 15)}`), {
    clientId,
  });
  const revocation = new RevocationEndpoint(world, provider);
  const source = await provider.define({ revocation_url: revocation.url, ...changes }, key);
  return { provider, revocation, source };
}
