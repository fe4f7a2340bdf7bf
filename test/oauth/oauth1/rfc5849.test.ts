import { describe, expect, it } from 'vitest';
import { signParameters } from '../../../src/oauth/oauth1/authorization-header.ts';
import {
  baseStringUri,
  normalizeParameters,
  signatureBaseString,
} from '../../../src/oauth/oauth1/base-string.ts';
import { percentEncode, reencodeFormText } from '../../../src/oauth/oauth1/percent-encoding.ts';
import { sign } from '../../../src/oauth/oauth1/sign.ts';

const client = { consumerKey: 'dpf43f3p2l4k3l03', consumerSecret: 'kd94hf93k423kf44' };

function photos(method: string, url: string, tokenSecret: string, parameters: Record<string, string>) {
  return signParameters(
    { method, url, credentials: { ...client, tokenSecret }, signatureMethod: 'HMAC-SHA1', realm: 'Photos' },
    { oauth_consumer_key: client.consumerKey, oauth_signature_method: 'HMAC-SHA1', ...parameters },
  );
}

describe('§1.2, the example', () => {
  it('signs the request for temporary credentials', async () => {
    const header = await photos('POST', 'https://photos.example.net/initiate', '', {
      oauth_timestamp: '137131200',
      oauth_nonce: 'wIjqoS',
      oauth_callback: 'http://printer.example.com/ready',
    });
    expect(header).toBe(
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", ' +
        'oauth_timestamp="137131200", oauth_nonce="wIjqoS", ' +
        'oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", ' +
        'oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"',
    );
  });

  it('signs the request for token credentials', async () => {
    const header = await photos('POST', 'https://photos.example.net/token', 'hdhd0244k9j7ao03', {
      oauth_token: 'hh5s93j4hdidpola',
      oauth_timestamp: '137131201',
      oauth_nonce: 'walatlh',
      oauth_verifier: 'hfdp7dh39dks9884',
    });
    expect(header).toContain('oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"');
  });

  it('signs the request for a photo', async () => {
    const url = 'http://photos.example.net/photos?file=vacation.jpg&size=original';
    const header = await photos('GET', url, 'pfkkdhi9sl3r4s00', {
      oauth_token: 'nnch734d00sl2jdk',
      oauth_timestamp: '137131202',
      oauth_nonce: 'chapoH',
    });
    expect(header).toContain('oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"');
  });
});

describe('§3.4.1, the base string', () => {
  const request = {
    method: 'POST',
    url: 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
    formBody: 'c2&a3=2+q',
    protocolParameters: {
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    },
  };

  it('is the one of §3.4.1.1', () => {
    expect(signatureBaseString(request)).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q' +
        '%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_' +
        'key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m' +
        'ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk' +
        '9d7dh3k39sjv7',
    );
  });

  it('has the parameters of §3.4.1.3.2, in that order', () => {
    expect(normalizeParameters(request)).toBe(
      'a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9dj' +
        'dj82h48djs9d2&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1' +
        '&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7',
    );
  });

  // The signature printed in the RFC, bYT5CMsGcbgUdFHObYMEfcx6bsw=, isn't of this base string (an erratum).
  it('gives the signature of the erratum', async () => {
    const secrets = { consumerSecret: 'j49sk3j29djd', tokenSecret: 'dh893hdasih9' };
    expect(await sign('HMAC-SHA1', signatureBaseString(request), secrets)).toBe(
      'r6/TJjbCOr97/+UU0NsvSne7s5g=',
    );
  });

  it.each([
    ['HTTP://EXAMPLE.COM:80/r%20v/X?id=123', 'http://example.com/r%20v/X'],
    ['https://www.example.net:8080/?q=1', 'https://www.example.net:8080/'],
    ['https://example.net:443', 'https://example.net/'],
    ['http://example.net:443', 'http://example.net:443/'],
    ['https://example.net?a=b', 'https://example.net/'],
    ['https://user:word@example.net/a#part', 'https://example.net/a'],
    ['https://example.net/%7ea/%2f/A%2Fb', 'https://example.net/%7ea/%2f/A%2Fb'],
    ['https://example.net/a//b/./c/../d', 'https://example.net/a//b/d'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
  ])('takes its URI from %s', (url, expected) => {
    expect(baseStringUri(url)).toBe(expected);
  });
});

describe('§3.6, percent-encoding', () => {
  it.each([
    ['abcXYZ019-._~', 'abcXYZ019-._~'],
    ["!*'()", '%21%2A%27%28%29'],
    [' +%&=', '%20%2B%25%26%3D'],
    ['ü☺😀', '%C3%BC%E2%98%BA%F0%9F%98%80'],
    ['\n', '%0A'],
    ['\ud800', '%EF%BF%BD'],
  ])('encodes %j', (text, expected) => {
    expect(percentEncode(text)).toBe(expected);
  });

  it.each([
    ['a+b%20c', 'a%20b%20c'],
    ['%2b%2B', '%2B%2B'],
    ['%7e%41%5f', '~A_'],
    ['%253D', '%253D'],
    ['%e9', '%E9'],
    ['%', '%25'],
    ['%zz%4', '%25zz%254'],
    ["~!*'()", '~%21%2A%27%28%29'],
  ])('re-encodes %j', (raw, expected) => {
    expect(reencodeFormText(raw)).toBe(expected);
  });
});

describe('§3.4.2 to §3.4.4, signatures', () => {
  it('joins encoded secrets for PLAINTEXT', async () => {
    const secrets = { consumerSecret: 'djr9rjt0jd78jf88', tokenSecret: 'jjd999tj88uiths3' };
    expect(await sign('PLAINTEXT', '', secrets)).toBe('djr9rjt0jd78jf88&jjd999tj88uiths3');
    expect(await sign('PLAINTEXT', '', { consumerSecret: 'a&b%', tokenSecret: '' })).toBe('a%26b%25&');
  });

  it.each(['secret', '', '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----'])(
    'refuses a key for RSA-SHA1 that is no PKCS#8 (%j)',
    async (consumerSecret) => {
      await expect(sign('RSA-SHA1', 'x', { consumerSecret, tokenSecret: '' })).rejects.toThrow('PKCS#8');
    },
  );
});
