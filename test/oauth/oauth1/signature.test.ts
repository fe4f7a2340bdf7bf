import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signRequest } from '../../../src/oauth/oauth1/authorization-header.ts';
import type { SignatureMethod } from '../../../src/oauth/oauth1/sign.ts';
import { type Verification, verifyOAuth1Request } from './verifier.ts';

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const methods: SignatureMethod[] = ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT'];
const tokenSecret = 'token&secret=%~é';

const targets = [
  '',
  '/',
  '?',
  '/?',
  '?a=b',
  '/path#fragment',
  "/a%20b/%7e/%2f/%2F/~!$&'()*+,;=:@",
  '/a b/ü/|{}^`"<>/\\/./x/../y//z',
  '/%/%zz/%4',
  '?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
  '?a=1&a=0&a=&a&A=1&a=10&a%20=1',
  '?a+b=c+d&a%20b=c%2Bd&a%2Bb=c%20d',
  '?name&=value&=&&x==y=z&',
  "?q=~!*'()-._&Q=%7E%21%2a%27",
  '?u=ü☺😀&e=%e9%FF&bad=%&worse=%zz&n=%00%0A',
  '?oauth=1&oauth_x=2&z=oauth_consumer_key',
  '?x=a;b,c/d?e:f@g[h]|{}^`\\"<>',
  '?aa=1&a=2&a-=3&a.=4&a_=5&a~=6&a0=7',
];
const bodies = [null, '', 'c2&a3=2+q', "a=1&a=%31&b+c=%2B&ü=ü&%C3%BC=~!*'()", 'a==b&&=c&d&e=%&f=%zz&g=%e9'];

describe('over the wire', () => {
  let server: Server;
  let origin = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      void verifyIncoming(request).then((verification) => response.end(JSON.stringify(verification)));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(methods)('what fetch sends is what %s signed', async (signatureMethod) => {
    const cases = targets.flatMap((target) => bodies.map((formBody) => ({ target, formBody })));
    for (const { target, formBody } of cases) {
      const method = formBody === null ? 'GET' : 'POST';
      const url = `${origin}${target}`;
      const authorization = await sign({ method, url, formBody, signatureMethod });
      const response = await fetch(url, {
        method,
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: formBody,
      });
      const verification = (await response.json()) as Verification;
      expect({ target, formBody, ...verification }).toMatchObject({ target, formBody, valid: true });
    }
  });
});

describe('hosts and ports, which a loopback server can not have', () => {
  it.each([
    ['HTTP://Example.COM:80/A?b', 'http://example.com/A?b'],
    ['https://EXAMPLE.com:443', 'https://example.com/'],
    ['https://example.com:8443?x=1', 'https://Example.com:8443/?x=1'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example:443/'],
  ])('signs %s as a server at %s sees it', async (url, rawUrl) => {
    const authorization = await sign({ method: 'GET', url, formBody: null, signatureMethod: 'HMAC-SHA1' });
    const verification = verify({ method: 'GET', rawUrl, authorization, body: '', contentType: null });
    expect(verification.valid).toBe(true);
  });
});

describe('the verifier refuses', () => {
  const url = 'http://example.com/a?x=1&y=2';
  it.each<[string, Partial<Parameters<typeof verify>[0]>]>([
    ['another method', { method: 'PUT' }],
    ['another path', { rawUrl: 'http://example.com/A?x=1&y=2' }],
    ['another query', { rawUrl: 'http://example.com/a?x=1&y=3' }],
    ['another port', { rawUrl: 'http://example.com:8080/a?x=1&y=2' }],
    ['another body', { body: 'b=2' }],
    ['a body that was not signed', { contentType: 'application/json' }],
  ])('%s', async (_, change) => {
    const request = { method: 'POST', url, formBody: 'b=1' };
    for (const signatureMethod of ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1'] as const) {
      const authorization = await sign({ ...request, signatureMethod });
      const received = {
        method: 'POST',
        rawUrl: url,
        authorization,
        body: 'b=1',
        contentType: 'application/x-www-form-urlencoded; charset=utf-8',
      };
      expect(verify(received).valid).toBe(true);
      expect(verify({ ...received, ...change }).valid).toBe(false);
    }
  });
});

describe('the header', () => {
  it('carries the protocol parameters, encoded, and the realm as it is', async () => {
    const authorization = await signRequest({
      method: 'POST',
      url: 'https://example.com/initiate',
      credentials: { consumerKey: 'key with "quotes", and commas', consumerSecret: 's' },
      signatureMethod: 'HMAC-SHA1',
      timestamp: 1_700_000_000,
      nonce: 'n+o/n=ce',
      extra: { oauth_callback: 'https://app.example/done?a=b&c=d' },
      realm: 'a "realm", oauth_x="y"',
    });
    expect(authorization).toMatch(
      /^OAuth realm="a \\"realm\\", oauth_x=\\"y\\"", oauth_consumer_key="key%20with/,
    );
    const received = { method: 'POST', rawUrl: 'https://example.com/initiate', authorization, body: '' };
    const { valid, params } = verifyOAuth1Request({
      ...received,
      contentType: null,
      consumerSecret: 's',
      tokenSecret: '',
    });
    expect(valid).toBe(true);
    expect(params).toMatchObject({
      oauth_consumer_key: 'key with "quotes", and commas',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1700000000',
      oauth_nonce: 'n+o/n=ce',
      oauth_version: '1.0',
      oauth_callback: 'https://app.example/done?a=b&c=d',
    });
    expect(params).not.toHaveProperty('oauth_token');
    expect(params).not.toHaveProperty('realm');
  });
});

function consumerSecretFor(signatureMethod: SignatureMethod): string {
  return signatureMethod === 'RSA-SHA1' ? rsa.privateKey : 'consumer secret+&';
}

function sign(request: {
  method: string;
  url: string;
  formBody: string | null;
  signatureMethod: SignatureMethod;
}): Promise<string> {
  const { method, url, signatureMethod } = request;
  const consumerSecret = consumerSecretFor(signatureMethod);
  return signRequest({
    method,
    url,
    formBody: request.formBody ?? undefined,
    credentials: { consumerKey: 'consumer&key', consumerSecret, token: 'to ken/+=', tokenSecret },
    signatureMethod,
    timestamp: 1_700_000_000,
    nonce: 'nonce',
  });
}

function verify(received: {
  method: string;
  rawUrl: string;
  authorization: string;
  body: Uint8Array | string;
  contentType: string | null;
}) {
  const secret = consumerSecretFor('HMAC-SHA1');
  return verifyOAuth1Request({
    ...received,
    consumerSecret: secret,
    tokenSecret,
    publicKeyPem: rsa.publicKey,
  });
}

async function verifyIncoming(request: IncomingMessage) {
  const { method = '', headers, url = '' } = request;
  return verify({
    method,
    rawUrl: `http://${headers.host}${url}`,
    authorization: headers.authorization ?? '',
    body: await buffer(request),
    contentType: headers['content-type'] ?? null,
  });
}
