import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { serve } from './serve.ts';

// An OAuth 2 provider that allows everything at once, its API, and the page that users end up at.

interface Code {
  redirectUri: string;
  challenge: string;
}

const client = `Basic ${Buffer.from('bench-client:bench-secret').toString('base64')}`;
const codes = new Map<string, Code>();
const accessTokens = new Set<string>();
const refreshTokens = new Set<string>();
const seen = { codes: 0, refreshes: 0, refused: 0 };
const megabyte = Buffer.alloc(1024 * 1024, 'a body of one megabyte ');

serve(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://provider.invalid');
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /authorize':
      return authorize(url.searchParams, response);
    case 'POST /token':
      return token(request, response);
    case 'POST /grants':
      return json(response, 200, issue());
    case 'GET /me':
      if (!isAuthorized(request)) return json(response, 401, { error: 'invalid_token' });
      return json(response, 200, { id: 'account-1', name: 'Iris', steps: [4021, 9800, 12_044] });
    case 'GET /megabyte':
      if (!isAuthorized(request)) return json(response, 401, { error: 'invalid_token' });
      return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(megabyte);
    case 'GET /seen':
      return json(response, 200, seen);
    case 'GET /back':
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Connected</title>');
    default:
      return json(response, 404, { error: 'not_found' });
  }
});

function authorize(query: URLSearchParams, response: ServerResponse) {
  const redirectUri = query.get('redirect_uri') ?? '';
  const challenge = query.get('code_challenge') ?? '';
  const state = query.get('state') ?? '';
  if (query.get('code_challenge_method') !== 'S256' || challenge === '' || state === '')
    return json(response, 400, { error: 'invalid_request' });
  const code = secret();
  codes.set(code, { redirectUri, challenge });
  const back = new URL(redirectUri);
  back.searchParams.set('code', code);
  back.searchParams.set('state', state);
  return response.writeHead(302, { location: back.href }).end();
}

async function token(request: IncomingMessage, response: ServerResponse) {
  const body = new URLSearchParams(await text(request));
  if (request.headers.authorization !== client) return json(response, 401, { error: 'invalid_client' });
  return body.get('grant_type') === 'refresh_token' ? refresh(body, response) : redeem(body, response);
}

function redeem(body: URLSearchParams, response: ServerResponse) {
  const given = codes.get(body.get('code') ?? '');
  codes.delete(body.get('code') ?? '');
  const challenge = createHash('sha256')
    .update(body.get('code_verifier') ?? '')
    .digest('base64url');
  if (given?.challenge !== challenge || given.redirectUri !== body.get('redirect_uri'))
    return json(response, 400, { error: 'invalid_grant' });
  seen.codes += 1;
  return json(response, 200, issue());
}

/** Each refresh token is good for one refresh. */
function refresh(body: URLSearchParams, response: ServerResponse) {
  if (!refreshTokens.delete(body.get('refresh_token') ?? '')) {
    seen.refused += 1;
    return json(response, 400, { error: 'invalid_grant' });
  }
  seen.refreshes += 1;
  return json(response, 200, issue());
}

function issue() {
  const [accessToken, refreshToken] = [secret(), secret()];
  accessTokens.add(accessToken);
  refreshTokens.add(refreshToken);
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'read',
  };
}

function isAuthorized({ headers: { authorization = '' } }: IncomingMessage): boolean {
  return accessTokens.has(authorization.replace(/^Bearer /, ''));
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function json(response: ServerResponse, status: number, body: object) {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
