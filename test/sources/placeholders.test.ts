import { describe, expect, test } from 'vitest';
import { parseDefinition } from '../../src/sources/definition.ts';
import { environmentFaults } from '../../src/sources/environment.ts';
import { fillPlaces, placesOf } from '../../src/sources/placeholders.ts';

const policy = { insecureHosts: [], publicUrl: new URL('https://trivet.example') };

function parse(fields: Record<string, unknown>) {
  return parseDefinition(
    {
      type: 'oauth2',
      name: 'Steps',
      api_host_url: 'https://api.steps.example',
      auth_host_url: 'https://steps.example',
      auth_url: '/authorize',
      full_auth_url: 'https://steps.example/authorize',
      access_token_url: '/token',
      ...fields,
    },
    policy,
  );
}

function faults(fields: Record<string, unknown>): Record<string, string> {
  const parsed = parse(fields);
  return parsed.ok ? {} : Object.fromEntries(parsed.faults.map(({ path, message }) => [path, message]));
}

describe('filling places', () => {
  const values = {
    client_id: 'a$&b',
    client_secret: null,
    state: 'xyz',
    'callback.context': 'stores/1',
    'environment.api_key': '{client_id}',
  };

  test.each([
    ['{client_id}', 'a$&b'],
    ['v={client_id};s={state}', 'v=a$&b;s=xyz'],
    ['{callback.context}', 'stores/1'],
    // What is filled in isn't read again.
    ['{environment.api_key}', '{client_id}'],
    ['{"userinfo":{"email":null}}', '{"userinfo":{"email":null}}'],
    ['{shop} and {Client_Id} and {}', '{shop} and {Client_Id} and {}'],
  ])('%s', (value, filled) => expect(fillPlaces({ x: value }, values)).toEqual({ x: filled }));

  test.each(['{client_secret}', 'Basic {redirect_uri}', '{callback.other}', '{environment.toString}'])(
    'leaves out what there is no value for: %s',
    (value) => expect(fillPlaces({ x: value, y: 'stays' }, values)).toEqual({ y: 'stays' }),
  );

  test('takes none for nothing', () => expect(fillPlaces(undefined, values)).toEqual({}));
});

describe('the places of a definition', () => {
  test.each([
    ['authorization_params', ['client_id', 'redirect_uri', 'state', 'nonce', 'environment.x']],
    [
      'token_params',
      ['client_id', 'client_secret', 'redirect_uri', 'state', 'callback.a-b_C', 'environment.x'],
    ],
    ['refresh_token_params', ['client_id', 'client_secret', 'redirect_uri', 'environment.x']],
    ['token_headers', ['client_id', 'client_secret', 'environment.x']],
    ['revocation_params', ['token', 'access_token', 'refresh_token', 'client_id', 'client_secret']],
    ['api_headers', ['access_token', 'client_id', 'client_secret', 'environment.x']],
    ['api_params', ['access_token', 'client_id', 'client_secret', 'environment.x']],
  ])('%s has its own', (field, known) => {
    for (const key of known) expect(faults({ [field]: { p: `a {${key}} b` } }), key).toEqual({});
    const callback = known.some((key) => key.startsWith('callback.')) ? [] : ['callback.code'];
    const others = ['client_secret', 'access_token', 'redirect_uri', 'state', 'nonce', ...callback];
    for (const key of others.filter((each) => !known.includes(each))) {
      expect(faults({ [field]: { p: `{${key}}` } }), key).toEqual({
        [`${field}.p`]: expect.stringMatching(`^holds {${key}}: only {.*} are known here$`),
      });
    }
  });

  test('a path of the revocation may hold the client ID, and nothing else', () => {
    expect(faults({ revocation_url: 'https://api.example.com/apps/{client_id}/token' })).toEqual({});
    expect(faults({ revocation_url: 'https://{shop}.example.com/revoke' })).toEqual({});
    expect(faults({ revocation_url: '/apps/{client_secret}/token' })).toEqual({
      revocation_url: 'holds {client_secret}: only {client_id} are known here',
    });
  });

  test.each(['{clientid}', '{environment}', '{callback}', '{client_id.x}', '{environmen.x}', '{token}'])(
    'knows no %s',
    (value) =>
      expect(faults({ token_params: { p: value } })).toEqual({
        'token_params.p': `holds ${value}: only {client_id}, {client_secret}, {environment.name}, {redirect_uri}, {state}, {callback.name} are known here`,
      }),
  );

  test.each([
    ['authorization_params', 'state'],
    ['authorization_params', 'response_type'],
    ['authorization_params', 'code_challenge'],
    ['authorization_params', 'code_challenge_method'],
    ['token_params', 'code'],
    ['token_params', 'code_verifier'],
  ])('%s can’t be given %s', (field, name) =>
    expect(faults({ [field]: { [name]: 'x' } })).toEqual({
      [`${field}.${name}`]: 'can’t be set: it is made for each request',
    }),
  );

  test('leaves other braces alone', () => {
    const claims = '{"id_token":{"email":{"essential":true}}}';
    expect(faults({ authorization_params: { claims }, token_params: { q: '{}' } })).toEqual({});
  });

  test('are gathered', () => {
    const fields = {
      token_headers: { a: '{client_id}' },
      api_params: { b: '{environment.x}{access_token}' },
    };
    expect([...placesOf(fields)].sort()).toEqual(['access_token', 'client_id', 'environment.x']);
  });
});

describe('an environment', () => {
  function environmentOf(fields: Record<string, unknown>, environment: Record<string, string>) {
    const parsed = parse(fields);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return Object.fromEntries(
      environmentFaults(parsed.definition, environment).map(({ path, message }) => [path, message]),
    );
  }
  const api_headers = { 'X-API-Key': '{environment.api_key}' };

  test('has what is named', () => {
    expect(environmentOf({ api_headers }, { api_key: 'k', other: '' })).toEqual({});
    for (const environment of [{}, { api_key: '' }, { toString: 'x' }]) {
      expect(environmentOf({ api_headers }, environment)).toEqual({ 'environment.api_key': 'is required' });
    }
    expect(environmentOf({ api_headers }, { api_key: 'a\nb' })).toEqual({
      'environment.api_key': 'must be printable ASCII',
    });
  });

  test.each(['https://evil.example/done', '//evil.example', 'evil:x', '\\evil'])(
    'moves no redirect URI to %s',
    (value) => {
      const params = { redirect_uri: '{environment.ru_name}' };
      const fault = 'must be the provider’s name for ours, not a URL';
      expect(environmentOf({ authorization_params: params }, { ru_name: value })).toEqual({
        'authorization_params.redirect_uri': fault,
      });
      expect(environmentOf({ token_params: { redirect_uri: value } }, {})).toEqual({
        'token_params.redirect_uri': fault,
      });
      expect(environmentOf({ token_params: params }, { ru_name: 'Acme-App-PRD-1_x' })).toEqual({});
    },
  );
});
