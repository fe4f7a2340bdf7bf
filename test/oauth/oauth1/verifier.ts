import { createHmac, createVerify, timingSafeEqual } from 'node:crypto';

/** A request as a server saw it. Nothing here comes from the signer: own parsing, own encoding, node:crypto. */
export interface ReceivedRequest {
  method: string;
  /** `scheme://<Host header><request target>`, as they were on the wire. */
  rawUrl: string;
  /** The header `Authorization`. */
  authorization: string;
  body: Uint8Array | string;
  contentType: string | null;
  consumerSecret: string;
  tokenSecret: string;
  publicKeyPem?: string | undefined;
}

export interface Verification {
  valid: boolean;
  /** The parameters of the header, decoded; `realm` is left out. */
  params: Record<string, string>;
  baseString: string;
}

type OctetPair = [name: Buffer, value: Buffer];

/** Verifies a signature as RFC 5849 §3.2 tells a server to. */
export function verifyOAuth1Request(request: ReceivedRequest): Verification {
  const headerPairs = readHeader(request.authorization);
  const params = Object.fromEntries(headerPairs.map(([name, value]) => [String(name), String(value)]));
  const baseString = buildBaseString(request, headerPairs);
  const repeated = Object.keys(params).length !== headerPairs.length;
  const valid = !repeated && isSignatureValid(request, params, baseString);
  return { valid, params, baseString };
}

function buildBaseString(request: ReceivedRequest, headerPairs: OctetPair[]): string {
  const { scheme, authority, path, query } = splitUrl(request.rawUrl);
  const isForm =
    request.contentType?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
  const pairs = [
    ...readForm(Buffer.from(query)),
    ...headerPairs.filter(([name]) => String(name) !== 'oauth_signature'),
    ...(isForm ? readForm(Buffer.from(request.body)) : []),
  ];
  const encoded = pairs.map(([name, value]) => ({ name: encode(name), value: encode(value) }));
  encoded.sort((a, b) => {
    const byName = Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
    return byName !== 0 ? byName : Buffer.compare(Buffer.from(a.value), Buffer.from(b.value));
  });
  const parameters = encoded.map(({ name, value }) => `${name}=${value}`).join('&');
  const uri = `${scheme}://${authority}${path}`;
  return [request.method.toUpperCase(), uri, parameters].map((part) => encode(Buffer.from(part))).join('&');
}

function splitUrl(rawUrl: string) {
  const match = /^([a-z]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(rawUrl);
  if (!match) throw new Error(`Not an absolute URL: ${rawUrl}`);
  const scheme = (match[1] ?? '').toLowerCase();
  const defaultPort = scheme === 'https' ? ':443' : ':80';
  const given = (match[2] ?? '').toLowerCase();
  const authority = given.endsWith(defaultPort) ? given.slice(0, -defaultPort.length) : given;
  return { scheme, authority, path: match[3] || '/', query: match[4] ?? '' };
}

/** Splits and decodes octet by octet, so that no character set is assumed. */
function readForm(bytes: Buffer): OctetPair[] {
  const pairs: OctetPair[] = [];
  for (const part of splitAt(bytes, '&')) {
    if (part.length === 0) continue;
    const [name = Buffer.alloc(0)] = splitAt(part, '=');
    const value = part.subarray(Math.min(name.length + 1, part.length));
    pairs.push([decode(name, true), decode(value, true)]);
  }
  return pairs;
}

function splitAt(bytes: Buffer, separator: string): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(separator); at !== -1; at = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return [...parts, bytes.subarray(start)];
}

function readHeader(authorization: string): OctetPair[] {
  if (!/^oauth\s/i.test(authorization)) throw new Error('Not an OAuth authorization header');
  const rest = authorization.slice(6).replace(/realm="(?:[^"\\]|\\.)*",?\s*/i, '');
  return rest.split(',').map((part) => {
    const match = /^\s*([^=\s]+)="([^"]*)"\s*$/.exec(part);
    if (!match) throw new Error(`Malformed header parameter: ${part}`);
    return [decode(Buffer.from(match[1] ?? ''), false), decode(Buffer.from(match[2] ?? ''), false)];
  });
}

function decode(bytes: Buffer, plusIsSpace: boolean): Buffer {
  const out: number[] = [];
  for (let index = 0; index < bytes.length; index++) {
    const octet = bytes[index] ?? 0;
    const digits = bytes.subarray(index + 1, index + 3).toString('latin1');
    if (octet === 0x25 && /^[0-9a-fA-F]{2}$/.test(digits)) {
      out.push(Number.parseInt(digits, 16));
      index += 2;
    } else out.push(plusIsSpace && octet === 0x2b ? 0x20 : octet);
  }
  return Buffer.from(out);
}

const unreserved = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'));

function encode(bytes: Buffer): string {
  let text = '';
  for (const octet of bytes) {
    text += unreserved.has(octet)
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

function isSignatureValid(
  request: ReceivedRequest,
  params: Record<string, string>,
  baseString: string,
): boolean {
  const signature = params.oauth_signature ?? '';
  const key = [request.consumerSecret, request.tokenSecret]
    .map((secret) => encode(Buffer.from(secret)))
    .join('&');
  switch (params.oauth_signature_method) {
    case 'PLAINTEXT':
      return isEqual(signature, key);
    case 'HMAC-SHA1':
      return isEqual(signature, createHmac('sha1', key).update(baseString).digest('base64'));
    case 'HMAC-SHA256':
      return isEqual(signature, createHmac('sha256', key).update(baseString).digest('base64'));
    case 'RSA-SHA1':
      if (!request.publicKeyPem) throw new Error('RSA-SHA1 needs a public key');
      return createVerify('RSA-SHA1').update(baseString).verify(request.publicKeyPem, signature, 'base64');
    default:
      return false;
  }
}

function isEqual(a: string, b: string): boolean {
  const [bytesA, bytesB] = [Buffer.from(a), Buffer.from(b)];
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}
