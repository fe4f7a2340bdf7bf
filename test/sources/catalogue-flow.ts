import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { identifyAccount } from '../../src/calls/metadata.ts';
import { startAuthorization } from '../../src/connect/authorize.ts';
import { obtainTokens } from '../../src/connect/obtain-tokens.ts';
import { recognizeState } from '../../src/connect/state.ts';
import type { AppEnv } from '../../src/context.ts';
import { seal } from '../../src/crypto/seal.ts';
import { readConfig } from '../../src/env.ts';
import type { TokenSet } from '../../src/oauth/token-set.ts';
import { createOutbound } from '../../src/outbound/outbound.ts';
import { type AvailableEntry, entrySchema } from '../../src/sources/catalogue/entry.ts';
import { fillDefinition } from '../../src/sources/catalogue/fill.ts';
import { type OAuthDefinition, parseDefinition } from '../../src/sources/definition.ts';
import { sealEnvironment } from '../../src/sources/map-secrets.ts';
import type { OAuthOffer } from '../../src/sources/offer.ts';
import { environmentNames, fillPlaces, placesOf } from '../../src/sources/placeholders.ts';
import { isOAuth } from '../../src/sources/source.ts';

// The engine's own way through an entry, against a fetch that writes down what it is asked.

export const clientId = 'the-client';
export const clientSecret = 'the-secret';
const sourceId = '0123456789abcdef0123456789abcdef';
export const redirectUri = `https://trivet.example/done/${sourceId}`;
export const now = Date.parse('2026-11-22T09:00:00.000Z');

const config = readConfig({
  ENCRYPTION_KEYS: `test:${btoa('thirty-two bytes, for tests only')}`,
  PUBLIC_URL: 'https://trivet.example',
  ADMIN_TOKEN: 'test-administrator-token-0123456789-0123456789',
} as Parameters<typeof readConfig>[0]);

/** A definition's headers or parameters as they are sent. */
export function filled(definition: OAuthDefinition, pairs: Record<string, string> = {}, more = {}) {
  const environment = Object.entries(environmentOf(definition)).map(([name, value]) => [
    `environment.${name}`,
    value,
  ]);
  const places = { client_id: clientId, client_secret: clientSecret, ...Object.fromEntries(environment) };
  return fillPlaces(pairs, { ...places, ...more });
}

function environmentOf(definition: OAuthDefinition): Record<string, string> {
  const names = environmentNames(placesOf(definition));
  return Object.fromEntries(names.map((name) => [name, `the-${name}`]));
}

/** A request as it left. */
export interface Sent {
  method: string;
  url: URL;
  headers: Headers;
  body: string;
}

const folder = join(import.meta.dirname, '../../src/sources/catalogue/entries');

/** Every entry that can be chosen. */
export const availableEntries: AvailableEntry[] = readdirSync(folder)
  .map((name) => entrySchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))))
  .filter((entry) => entry.status === 'available');

/** An entry's definition with the examples for its values, checked as a source's is. */
export function definitionOf(entry: AvailableEntry): OAuthDefinition {
  const examples = Object.entries(entry.values).map(([name, { example }]) => [name, example]);
  const filled = fillDefinition(entry, Object.fromEntries(examples));
  const parsed = filled.ok ? parseDefinition(filled.fields, config) : filled;
  if (!parsed.ok || !isOAuth(parsed.definition)) throw new Error(`${entry.slug}: ${JSON.stringify(parsed)}`);
  return parsed.definition;
}

/** What came of a walk. */
export type Walked = Awaited<ReturnType<typeof walk>>;

/** Walks an entry: sends its user off, takes them back, and asks whose account it is. */
export async function walk(
  definition: OAuthDefinition,
  scopes: string[],
  answers: {
    request?: Response;
    token: Response;
    exchange?: Response | undefined;
    profile?: unknown;
    callback: Record<string, string>;
  },
) {
  const sent: Sent[] = [];
  const pending = [answers.request, answers.token, answers.exchange].filter((answer) => answer !== undefined);
  const fetch = async (request: Request) => {
    const { method, url, headers } = request;
    sent.push({ method, url: new URL(url), headers, body: await request.text() });
    return pending.shift() ?? Response.json(answers.profile ?? {});
  };
  const offer = await offerOf(definition, scopes);
  const parts = {
    config,
    now: () => now,
    outbound: createOutbound({ policy: config, fetch, sandbox: null }),
  } as unknown as AppEnv['Variables'];
  const steps = stepsOf(parts, offer);

  const started = await steps.request('/start', {}, { KV: { put: async () => {}, get: async () => null } });
  const address = new URL(await started.text());
  const key = address.searchParams.get('oauth_token') ?? address.searchParams.get('state') ?? '';
  const back = new URLSearchParams({
    ...(definition.type === 'oauth1' ? { oauth_token: key } : { state: key }),
    ...answers.callback,
  });
  const cookie = started.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const done = await steps.request(
    `/done?${back}`,
    { headers: { Cookie: cookie } },
    { KV: { put: async () => {}, get: async () => null } },
  );
  const obtained = (await done.json()) as Awaited<ReturnType<typeof obtainTokens>>;
  const before = sent.length;
  const account = obtained.ok
    ? await identifyAccount(parts, offer, obtained.tokens as TokenSet, obtained.kept)
    : null;
  return { address, obtained, account, exchanges: sent.slice(0, before), profile: sent[before] ?? null };
}

function stepsOf(parts: AppEnv['Variables'], offer: OAuthOffer) {
  const withParts = (c: Context<AppEnv>) => {
    for (const [name, value] of Object.entries(parts))
      c.set(name as keyof AppEnv['Variables'], value as never);
  };
  return new Hono<AppEnv>()
    .get('/start', async (c) => {
      withParts(c);
      const subject = { kind: 'link', authorizationId: 'authorization' } as const;
      return c.text((await startAuthorization(c, offer, subject, offer.scopes, null)).href);
    })
    .get('/done', async (c) => {
      withParts(c);
      const params = new URL(c.req.url, 'https://trivet.example').searchParams;
      const recognized = await recognizeState(c, params.get('oauth_token') ?? params.get('state') ?? '');
      if (!recognized) throw new Error('The callback isn’t recognized.');
      return c.json(await obtainTokens(parts, offer, recognized.state, params));
    });
}

async function offerOf(definition: OAuthDefinition, scopes: string[]): Promise<OAuthOffer> {
  const secretPlace = 'source/test/client_secret';
  return {
    source: {
      id: sourceId,
      definition,
      sandbox: false,
      document: null,
      sealedEnvironment: await sealEnvironment(sourceId, environmentOf(definition), config),
    },
    clientId,
    sealedClientSecret: await seal(config.encryptionKeys, clientSecret, secretPlace),
    secretPlace,
    lent: false,
    scopes,
  } as unknown as OAuthOffer;
}
