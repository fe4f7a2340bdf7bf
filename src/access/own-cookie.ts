import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '../context.ts';

/**
 * Sets a cookie of ours: HttpOnly, Lax, `__Host-` and Secure; without prefix and Secure where PUBLIC_URL is
 * plain http, since Safari refuses them there.
 */
export function setOwnCookie<Env extends AppEnv>(
  c: Context<Env>,
  name: string,
  value: string,
  maxAgeSeconds: number,
) {
  setCookie(c, name, value, { ...options(c), maxAge: maxAgeSeconds });
}

/** Reads a cookie that `setOwnCookie` set. */
export function readOwnCookie<Env extends AppEnv>(c: Context<Env>, name: string): string | undefined {
  return isSecure(c) ? getCookie(c, name, 'host') : getCookie(c, name);
}

/** Makes the browser forget a cookie that `setOwnCookie` set. */
export function dropOwnCookie<Env extends AppEnv>(c: Context<Env>, name: string): void {
  deleteCookie(c, name, options(c));
}

function options<Env extends AppEnv>(c: Context<Env>) {
  const shared = { path: '/', httpOnly: true, sameSite: 'Lax' } as const;
  return isSecure(c) ? ({ ...shared, secure: true, prefix: 'host' } as const) : shared;
}

function isSecure<Env extends AppEnv>({ var: { config } }: Context<Env>): boolean {
  return config.publicUrl.protocol === 'https:';
}
