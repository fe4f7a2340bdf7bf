import type { Context } from 'hono';
import { dropOwnCookie, readOwnCookie, setOwnCookie } from '../../access/own-cookie.ts';
import type { AppEnv } from '../../context.ts';

const cookieName = 'trivet-console-place';
const rememberedSeconds = 15 * 60;
const ownPlace = /^\/console(\/[\w-]+)*$/;

/** Remembers the page that somebody asked for who has to sign in first. */
export function rememberPlace<Env extends AppEnv>(c: Context<Env>): void {
  if (c.req.method === 'GET' && ownPlace.test(c.req.path))
    setOwnCookie(c, cookieName, c.req.path, rememberedSeconds);
}

/** Where somebody goes who has just signed in: a path of the console. */
export function takePlace<Env extends AppEnv>(c: Context<Env>): string {
  const place = readOwnCookie(c, cookieName) ?? '';
  if (place !== '') dropOwnCookie(c, cookieName);
  return ownPlace.test(place) ? place : '/console';
}
