import { Hono } from 'hono';
import { sandboxApp } from '../../src/sandbox/app.tsx';
import { pacer } from '../../src/sandbox/sources.ts';
import { bindings } from './bindings.ts';
import { signedHeader, type Token } from './signer.ts';

export const origin = 'https://trivet.test';
export const callback = `${origin}/done/${pacer.id}`;

/** RFC 7636 appendix B. */
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

/** The clock that everything here runs on, in milliseconds. */
export const clock = { now: Date.parse('2026-11-22T09:00:00Z') };
export const pauses: number[] = [];

const worker = new Hono().route(
  '/sandbox',
  sandboxApp(
    () => clock.now,
    async (ms) => {
      pauses.push(ms);
    },
  ),
);

/** Sends a request to the mounted sandbox. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  return worker.fetch(new Request(new URL(path, origin), { redirect: 'manual', ...init }), bindings);
}

/** Sends a form. */
export function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return send(path, { method: 'POST', body: new URLSearchParams(fields), headers });
}

/** The URL of an authorization request that is as it should be, but for `changes`; null leaves one out. */
export function authorizePath(changes: Record<string, string | null> = {}): string {
  const fields = {
    response_type: 'code',
    client_id: pacer.clientId,
    redirect_uri: callback,
    scope: 'profile steps heart-rate',
    state: 'a state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  const query = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== null);
  return `/sandbox/oauth2/authorize?${new URLSearchParams(query)}`;
}

/** Opens a consent page and gives the hidden field of its form. */
export async function openConsent(path: string): Promise<string> {
  const page = await send(path);
  const pending = /name="pending" value="([^"]+)"/.exec(await page.text())?.[1];
  if (page.status !== 200 || !pending) throw new Error(`No consent page but ${page.status} at ${path}`);
  return pending;
}

/** Presses a button on a consent page, and gives the URL it leads to. */
export async function press(
  path: string,
  pending: string,
  choice: Record<string, string> = {},
): Promise<URL> {
  const fields = { pending, decision: 'allow', account: 'person-1815', scenario: 'works', ...choice };
  const answer = await post(new URL(path, origin).pathname, fields);
  const location = answer.headers.get('location');
  if (answer.status !== 302 || !location) throw new Error(`No redirect but ${answer.status}`);
  return new URL(location);
}

/** Walks the consent page of OAuth 2 and gives the code. */
export async function getCode(
  choice: Record<string, string> = {},
  request: Record<string, string | null> = {},
) {
  const path = authorizePath(request);
  const back = await press(path, await openConsent(path), choice);
  return back.searchParams.get('code') ?? '';
}

export const basic = { authorization: `Basic ${btoa(`${pacer.clientId}:${pacer.clientSecret}`)}` };

/** Redeems a code. */
export function redeem(code: string, changes: Record<string, string> = {}) {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
  return post('/sandbox/oauth2/token', { ...fields, ...changes }, basic);
}

export function refresh(refreshToken: string, changes: Record<string, string> = {}) {
  return post(
    '/sandbox/oauth2/token',
    { grant_type: 'refresh_token', refresh_token: refreshToken, ...changes },
    basic,
  );
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  token_type: string;
  scope: string;
}

/** Walks OAuth 2 from the consent page to tokens. */
export async function getTokens(
  choice: Record<string, string> = {},
  request: Record<string, string | null> = {},
) {
  const answer = await redeem(await getCode(choice, request));
  if (answer.status !== 200) throw new Error(`No tokens but ${answer.status}`);
  return answer.json<Tokens>();
}

/** Calls the API with a Bearer token. */
export function call(path: string, accessToken: string, init: RequestInit = {}) {
  return send(`/sandbox/api${path}`, {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${accessToken}` },
  });
}

/** Sends a signed POST to one of the OAuth 1.0a endpoints. */
export async function signedPost(path: string, extra: Record<string, string>, token?: Token) {
  const url = `${origin}${path}`;
  const authorization = await signedHeader({
    method: 'POST',
    url,
    extra,
    now: clock.now,
    ...(token ? { token } : {}),
  });
  return send(path, { method: 'POST', headers: { authorization } });
}

/** Reads an answer as UTF-8, form-encoded ones too, for which `text()` logs a warning. */
export async function textOf(answer: Response): Promise<string> {
  return new TextDecoder().decode(await answer.arrayBuffer());
}

/** Reads a token and its secret from a form-encoded answer. */
export async function readToken(answer: Response): Promise<Token> {
  const form = new URLSearchParams(await textOf(answer));
  const token = form.get('oauth_token');
  const secret = form.get('oauth_token_secret');
  if (!token || !secret) throw new Error(`No token but ${answer.status} ${form}`);
  return { token, secret };
}

/** Walks OAuth 1.0a up to the verifier. */
export async function getVerifier(choice: Record<string, string> = {}) {
  const answer = await signedPost('/sandbox/oauth1/request_token', { oauth_callback: callback });
  const temporary = await readToken(answer);
  const path = `/sandbox/oauth1/authorize?oauth_token=${temporary.token}`;
  const back = await press(path, await openConsent(path), choice);
  return { temporary, back, verifier: back.searchParams.get('oauth_verifier') ?? '' };
}

/** Walks OAuth 1.0a from the request token to token credentials. */
export async function getToken(choice: Record<string, string> = {}): Promise<Token> {
  const { temporary, verifier: oauth_verifier } = await getVerifier(choice);
  return readToken(await signedPost('/sandbox/oauth1/access_token', { oauth_verifier }, temporary));
}
