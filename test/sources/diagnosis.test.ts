import { describe, expect, it } from 'vitest';
import { type Exchange, noFacts, type TrialRecord, type TrialStep } from '../../src/connect/trial-record.ts';
import { showBody, showHeaders, showParameters, showText, showUrl } from '../../src/connect/trial-redact.ts';
import { diagnose as diagnoseIn } from '../../src/console/sources/diagnosis.ts';
import texts from '../../src/console/sources/findings.json' with { type: 'json' };
import { parseStoredDefinition } from '../../src/sources/definition.ts';

const definition = parseStoredDefinition({
  type: 'oauth2',
  name: 'Pulse',
  api_host_url: 'https://api.pulse.example',
  auth_host_url: 'https://pulse.example',
  auth_url: '/authorize',
  full_auth_url: 'https://pulse.example/authorize',
  access_token_url: '/token',
}) as TrialRecord['definition'];

const diagnose = (tried: TrialRecord, seen?: string) => diagnoseIn(texts, tried, seen);

function record(changes: Partial<TrialRecord> = {}): TrialRecord {
  return {
    id: '0'.repeat(32),
    developerId: '1'.repeat(32),
    personId: '2'.repeat(32),
    sourceId: '3'.repeat(32),
    definition,
    clientId: 'client-of-ours',
    redirectUri: 'https://trivet.test/done/3',
    scopes: ['profile', 'steps'],
    startedAt: 0,
    status: 'ended',
    authorizationUrl: null,
    authorization: null,
    callback: [],
    lost: null,
    sample: null,
    exchanges: [],
    facts: noFacts,
    ...changes,
  };
}

function exchange(step: TrialStep, status: number, fields: [string, string][] = [], body = ''): Exchange {
  return {
    step,
    attempt: null,
    at: 0,
    method: 'POST',
    url: `https://pulse.example/${step}`,
    headers: [],
    body: null,
    answer: { status, headers: [], body, isCut: false, isHtml: body.startsWith('<'), fields },
    failure: null,
  };
}

const failed = (step: TrialStep) => ({
  ...noFacts,
  failure: { step, error: 'provider_error', description: 'It failed.', kind: null },
});

describe('a diagnosis', () => {
  it('of a test that went well is empty', () => {
    const granted = { scopes: ['profile', 'steps'], expiresInMs: 3_600_000, hasRefreshToken: true };
    const exchanges = [exchange('token', 200, [['access_token', 'abcd… (40 characters)']])];
    expect(diagnose(record({ facts: { ...noFacts, granted }, exchanges }))).toEqual([]);
  });

  it('names what stopped the flow, once, and every field it names is one of the definition’s', () => {
    const statuses = [200, 301, 400, 401, 403, 404, 405, 415, 429, 500];
    const errors = [
      '',
      'invalid_client',
      'invalid_grant',
      'invalid_request',
      'invalid_scope',
      'redirect_uri_mismatch',
    ];
    const known = /^(client_id|client_secret|[a-z]+(_[a-z]+)*(\.[a-z_]+)?)$/;
    for (const status of statuses) {
      for (const error of errors) {
        const fields: [string, string][] = error === '' ? [] : [['error', error]];
        const findings = diagnose(
          record({ facts: failed('token'), exchanges: [exchange('token', status, fields, error)] }),
        );
        expect(findings, `${status} ${error}`).toHaveLength(1);
        for (const { title, explanation, fixes } of findings) {
          expect(`${title}${explanation}`).not.toMatch(/undefined|null|\[object|[{}]|“”| [.,]| {2}/);
          expect(fixes.length).toBeGreaterThan(0);
          for (const { field } of fixes) if (field !== null) expect(field).toMatch(known);
        }
      }
    }
  });

  it('names nothing that may be, where the developer has come back', () => {
    expect(diagnose(record({ status: 'ended' }), 'redirect_uri_mismatch')).toEqual([]);
    const waiting = record({ status: 'waiting', callback: null });
    expect(diagnose(waiting, 'Your app_id is wrong').map(({ code }) => code)).toEqual(['client_id']);
    expect(diagnose(waiting, 'PKCE, please').map(({ code }) => code)).toEqual(['pkce_unsupported']);
  });

  it('asks Google’s way for a refresh token of Google', () => {
    const granted = { scopes: null, expiresInMs: 3_600_000, hasRefreshToken: false };
    const facts = { ...noFacts, granted };
    const of = (endpoint: string, params: [string, string][] = []) =>
      diagnose(record({ facts, authorization: { endpoint, params } })).flatMap(({ fixes }) =>
        fixes.map(({ value }) => value),
      );
    expect(of('https://accounts.google.com/o/oauth2/v2/auth')).toEqual(['access_type=offline']);
    expect(of('https://accounts.google.com.evil.example/')).toEqual([
      'offline_access',
      'access_type=offline',
    ]);
    expect(of('https://accounts.google.com/', [['access_type', 'offline']])).toEqual([]);
  });
});

describe('what is shown of a secret', () => {
  const token = 'aB3-token-that-nobody-may-see-9f8e';
  const known = new Set([token]);
  const shortened = `aB3-… (${token.length} characters)`;

  it('is its first four characters and its length, wherever it stands', () => {
    expect(showText(`Bearer ${token}, again ${encodeURIComponent(token)}`, known)).toBe(
      `Bearer ${shortened}, again ${shortened}`,
    );
    expect(showParameters([['anything', token]], known)).toEqual([['anything', shortened]]);
    expect(showUrl(`https://a.example/x?scope=a%20b&access_token=${token}`, new Set())).toBe(
      `https://a.example/x?scope=a%20b&access_token=${shortened}`,
    );
    expect(showHeaders([['authorization', `Bearer ${token}`]], new Set())).toEqual([
      ['authorization', `Bearer ${shortened}`],
    ]);
    const signed = `OAuth oauth_consumer_key="key", oauth_token="${token}", oauth_signature="c2lnbmF0dXJl%3D"`;
    expect(showHeaders([['authorization', signed]], new Set())).toEqual([
      [
        'authorization',
        `OAuth oauth_consumer_key="key", oauth_token="${shortened}", oauth_signature="c2l… (13 characters)"`,
      ],
    ]);
  });

  it('is less of a short one', () => {
    expect(showParameters([['client_secret', 'abc']], new Set())).toEqual([
      ['client_secret', '… (3 characters)'],
    ]);
    expect(showParameters([['client_secret', 'abcdefgh']], new Set())).toEqual([
      ['client_secret', 'ab… (8 characters)'],
    ]);
  });

  it('in bodies: JSON, forms, broken JSON and pages', () => {
    const json = showBody(
      JSON.stringify({ a: [{ refreshToken: token }], error: 'invalid_client', n: 1 }),
      new Set(),
      false,
    );
    expect(json.text).not.toContain(token);
    expect(json.secrets).toEqual([token]);
    expect(json.fields).toEqual([
      ['a.0.refreshToken', shortened],
      ['error', 'invalid_client'],
      ['n', '1'],
    ]);
    for (const body of [
      `access_token=${token}&scope=a`,
      `{"access_token":"${token}","access_token":"${token}"}`,
      `{"access_token":"${token}"`,
      `<html><a href="?code=${token}">${token}</a>`,
      `Set access_token: ${token}.`,
    ])
      expect(showBody(body, known, false).text).not.toContain(token);
    for (const body of [
      `oauth_token=${token}&oauth_token_secret=${token}`,
      `{"access_token":"${token}","access_token":"${token}"}`,
      `{"odd":{"place":"${token}"}}`,
    ])
      expect(showBody(body, new Set(), true).text).not.toContain(token);
    const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.';
    expect(showBody(JSON.stringify({ anything: jwt }), new Set(), false).text).not.toContain(jwt);
  });

  it('leaves alone what tells what is wrong', () => {
    const said = {
      error: 'redirect_uri_mismatch',
      error_description: 'The client_secret is not valid for code exchange',
      token_type: 'Bearer',
      scope: 'https://www.example.com/auth/steps.read user-read-email',
      country_code: 'DE',
      state: 'California',
    };
    expect(JSON.parse(showBody(JSON.stringify(said), known, true).text)).toEqual(said);
    expect(showText('code: redirect_uri_mismatch', known)).toBe('code: redirect_uri_mismatch');
  });

  it('is cut where there is much of it', () => {
    const long = showBody('x '.repeat(5_000), known, false);
    expect([long.text.length, long.isCut]).toEqual([4096, true]);
  });
});
