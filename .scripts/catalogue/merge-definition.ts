import type { Correction } from './correction.ts';
import type { Facts } from './facts.ts';

/** What each source says of one provider. The order is that of trust: arctic is the youngest. */
export interface Sources {
  arctic: Facts | undefined;
  grant: Facts | undefined;
  oauthd: Facts | undefined;
}

interface Merged {
  definition: Record<string, unknown>;
  /** By field: the sources it comes from. None: from the correction alone. */
  origins: Map<string, string[]>;
  disagreements: { field: string; values: Record<string, unknown>; chosen: unknown; why: string }[];
}

const order = ['arctic', 'grant', 'oauthd'] as const;
const compared = [
  'type',
  'full_auth_url',
  'request_token_url',
  'access_token_url',
  'refresh_url',
  'revocation_url',
] as const;
const merged = [...compared, 'metadata_url', 'scope_separator', 'pkce', 'token_auth_method'] as const;

/** One definition from what the sources say and what corrects them. */
export function mergeDefinition(correction: Correction, sources: Sources): Merged {
  const fixed = correction.definition ?? {};
  const values: Record<string, unknown> = {};
  const origins = new Map<string, string[]>();
  const disagreements: Merged['disagreements'] = [];

  for (const field of merged) {
    const said = order.flatMap((from) => {
      const value = sources[from]?.[field];
      return value === undefined ? [] : [{ from, value }];
    });
    const corrected = Object.hasOwn(fixed, field);
    const chosen = corrected ? fixed[field] : said[0]?.value;
    const agreeing = said.filter(({ value }) => same(value, chosen)).map(({ from }) => from as string);
    if (chosen !== undefined && chosen !== null) {
      values[field] = chosen;
      origins.set(field, agreeing);
    }
    const others = said.filter(({ value }) => !same(value, chosen));
    const isCompared = (compared as readonly string[]).includes(field);
    if (others.length > 0 && isCompared && chosen !== undefined) {
      const read = Object.values(correction.read ?? {}).some((facts) => facts.includes(field));
      const why =
        correction.decided?.[field] ??
        (read
          ? 'The documentation of the provider has it so.'
          : corrected
            ? 'The provider is known to have changed it; not verified.'
            : 'arctic is the younger of the two.');
      disagreements.push({
        field,
        values: Object.fromEntries(said.map(({ from, value }) => [from, value])),
        chosen: chosen ?? null,
        why,
      });
    }
  }
  for (const [field, value] of Object.entries(fixed)) {
    if (value === null || (merged as readonly string[]).includes(field)) continue;
    values[field] = value;
    origins.set(field, []);
  }
  return { definition: arrange(values, origins), origins, disagreements };
}

/** The fields in a reader's order, what follows from others filled in, what doesn't belong left out. */
function arrange(values: Record<string, unknown>, origins: Map<string, string[]>): Record<string, unknown> {
  const type = values.type ?? 'oauth2';
  origins.delete('type');
  const full = String(values.full_auth_url ?? '');
  const authHost = String(values.auth_host_url ?? originOf(full));
  const metadata = values.metadata_url as string | undefined;
  const apiHost = String(values.api_host_url ?? (metadata && originOf(metadata)) ?? '');
  const fromAuthorization = origins.get('full_auth_url') ?? [];
  for (const field of ['auth_host_url', 'auth_url']) {
    if (!origins.has(field)) origins.set(field, fromAuthorization);
  }
  if (values.api_host_url === undefined) origins.set('api_host_url', origins.get('metadata_url') ?? []);

  const { pkce, token_auth_method, scopes, scope_separator, request_token_url, refresh_url } = values;
  const oauth2 = type === 'oauth2';
  const settled: Record<string, unknown> = {
    type,
    name: '',
    api_host_url: apiHost,
    auth_host_url: authHost,
    auth_url: relative(values.auth_url ?? full.replace(/\?.*$/, ''), authHost),
    full_auth_url: full,
    ...(!oauth2 && { request_token_url: relative(request_token_url, authHost) }),
    access_token_url: relative(values.access_token_url, authHost),
    ...(refresh_url !== undefined && { refresh_url: relative(refresh_url, authHost) }),
    ...(values.revocation_url !== undefined && {
      revocation_url: relative(values.revocation_url, authHost),
    }),
    scopes: scopes ?? [],
    scope_separator: scope_separator ?? ' ',
    ...(oauth2 && {
      pkce: pkce ?? 'none',
      token_auth_method: token_auth_method ?? 'client_secret_post',
    }),
    ...(metadata !== undefined && { metadata_url: relative(metadata, apiHost) }),
  };
  for (const [field, value] of Object.entries(values)) {
    if (!(field in settled) && !(oauth2 && field === 'request_token_url')) settled[field] = value;
  }
  for (const field of origins.keys()) if (!(field in settled)) origins.delete(field);
  for (const field of ['pkce', 'token_auth_method', 'scope_separator']) {
    if (field in settled && !origins.has(field)) origins.set(field, fromAuthorization);
  }
  return settled;
}

function originOf(url: string): string {
  return /^https:\/\/[^/?#]+/.exec(url)?.[0] ?? '';
}

/** A path where the URL is on that host, else the URL. */
function relative(url: unknown, host: string): unknown {
  if (typeof url !== 'string' || originOf(url) !== host) return url;
  return url.slice(host.length) || '/';
}

/** Equal but for what makes no difference: a slash at the end, the case of the host. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return a === b;
  return a.replace(/\/$/, '').toLowerCase() === b.replace(/\/$/, '').toLowerCase();
}
