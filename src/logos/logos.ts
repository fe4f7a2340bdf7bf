import { eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import type { AppEnv } from '../context.ts';
import { hex } from '../crypto/encoding.ts';
import { logos } from '../db/schema.ts';
import { type Fault, notFound } from '../errors.ts';
import { internal } from '../openapi/describe.ts';
import { refuseUrl } from '../outbound/allowed-url.ts';
import { OutboundError, readBytes } from '../outbound/outbound.ts';

const maxBytes = 64 * 1024;

/** The first bytes of the raster formats we serve. SVG can carry script, so it isn't one of them. */
const signatures: [contentType: string, signature: RegExp][] = [
  ['image/png', /^\x89PNG/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF.{4}WEBP/s],
];

/**
 * Fetches a logo once and keeps it.
 *
 * @param url where it is; checked against the configuration, redirects not followed
 * @returns the id it is served under, or what is wrong with it
 */
export async function fetchLogo(
  { db, outbound, config, now }: AppEnv['Variables'],
  url: string,
): Promise<{ ok: true; logoId: string } | { ok: false; fault: Fault }> {
  const refuse = (message: string) => ({ ok: false, fault: { path: 'logo', message } }) as const;
  const target = URL.parse(url);
  const reason = target ? refuseUrl(target, config) : 'must be an absolute URL';
  if (!target || reason) return refuse(reason ?? '');
  try {
    const response = await outbound(new Request(target), { timeoutMs: 5_000 });
    if (response.status !== 200) return refuse(`could not be fetched: the host answered ${response.status}`);
    const bytes = await readBytes(response, maxBytes, 5_000);
    const start = String.fromCharCode(...bytes.subarray(0, 16));
    const contentType = signatures.find(([, signature]) => signature.test(start))?.[0];
    if (!contentType) return refuse('must be a PNG, JPEG, GIF or WebP picture');
    const logoId = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).slice(0, 32);
    await db.insert(logos).values({ id: logoId, contentType, bytes, createdAt: now() }).onConflictDoNothing();
    return { ok: true, logoId };
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    return refuse(
      cause.kind === 'too_large' ? 'must be at most 64 KB' : `could not be fetched: ${cause.message}`,
    );
  }
}

/** The path a kept logo is served at, or an icon of the catalogue; null where there is none. */
export function logoPath(logoId: string | null): string | null {
  const [, slug] = /^catalogue\/(.+)$/.exec(logoId ?? '') ?? [];
  if (slug !== undefined) return `/catalogue/icons/${slug}.svg`;
  return logoId ? `/logos/${logoId}` : null;
}

/** `GET /logos/:id`: immutable, since the id is the picture's digest. */
export const logoRoutes = new Hono<AppEnv>().get('/logos/:id', internal, async (c) => {
  const [logo] = await c.var.db
    .select()
    .from(logos)
    .where(eq(logos.id, c.req.param('id')));
  if (!logo) throw notFound('logo');
  return c.body(logo.bytes.slice(), 200, {
    'Content-Type': logo.contentType,
    'Cache-Control': 'public, max-age=31536000, immutable',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
  });
});
