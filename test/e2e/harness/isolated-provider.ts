import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { serveOnLoopback } from './loopback.ts';

export interface IsolatedProvider extends AsyncDisposable {
  origin: string;
  clientId: string;
  clientSecret: string;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body?: string;
}

/**
 * Starts a small OAuth 2 provider whose consent page sends `Cross-Origin-Opener-Policy: same-origin`, as several large
 * ones do: the browser then severs the popup from the page that opened it, for good.
 */
export async function startIsolatedProvider(): Promise<IsolatedProvider> {
  const clientId = 'isolated-client';
  const clientSecret = randomBytes(32).toString('base64url');
  const challengeOf = new Map<string, string>();
  const accessTokens = new Set<string>();
  const isolated = { 'cross-origin-opener-policy': 'same-origin' };

  function decide(query: URLSearchParams, decision: string | null): Answer {
    const back = new URL(query.get('redirect_uri') ?? '');
    back.searchParams.set('state', query.get('state') ?? '');
    if (decision === 'allow') {
      const code = randomBytes(16).toString('hex');
      challengeOf.set(code, query.get('code_challenge') ?? '');
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', 'access_denied');
    }
    return { status: 303, headers: { ...isolated, location: back.href } };
  }

  function redeem(authorization: string | undefined, body: URLSearchParams): Answer {
    const client = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    if (authorization !== client) return json(401, { error: 'invalid_client' });
    const code = body.get('code') ?? '';
    const verifier = body.get('code_verifier') ?? '';
    const expected = challengeOf.get(code);
    challengeOf.delete(code);
    if (createHash('sha256').update(verifier).digest('base64url') !== expected) {
      return json(400, { error: 'invalid_grant' });
    }
    const accessToken = randomBytes(16).toString('hex');
    accessTokens.add(accessToken);
    return json(200, { access_token: accessToken, token_type: 'Bearer', expires_in: 3600 });
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://provider.invalid');
    const { authorization } = request.headers;
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /authorize':
        return { status: 200, headers: { ...isolated, 'content-type': 'text/html' }, body: consentPage };
      case 'POST /authorize':
        return decide(url.searchParams, (await formOf(request)).get('decision'));
      case 'POST /token':
        return redeem(authorization, await formOf(request));
      case 'GET /me':
        if (!accessTokens.has(authorization?.replace(/^Bearer /, '') ?? ''))
          return json(401, { error: 'invalid_token' });
        return json(200, { id: 'isolated-1', name: 'Iris' });
      default:
        return json(404, { error: 'not_found' });
    }
  }

  const server = await serveOnLoopback(async (request, response) => {
    const { status, headers, body } = await answer(request);
    response.writeHead(status, headers).end(body);
  });
  return {
    origin: server.originAs('localhost'),
    clientId,
    clientSecret,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await text(request));
}

const consentPage = `<!doctype html>
<html lang="en">
<title>A provider that isolates its pages</title>
<form method="post">
  <button name="decision" value="allow">Allow</button>
  <button name="decision" value="deny">Deny</button>
</form>
</html>`;
