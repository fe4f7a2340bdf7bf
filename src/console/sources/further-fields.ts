import { type FieldGroup, oauth, oauth1, oauth2, signed } from './field.ts';
import { oddities } from './odd-fields.ts';

/** What most sources can leave as it is, by what it is about. */
export const furtherGroups: FieldGroup[] = [
  {
    title: 'Scopes',
    fields: [
      {
        path: 'scopes',
        label: 'Scopes',
        explanation:
          'What users are asked for, one a line. They are also the most that a borrowed credential can ask for.',
        kind: 'words',
        types: oauth,
        example: 'activity',
      },
      {
        path: 'scope_separator',
        label: 'Scope separator',
        explanation: 'What stands between two scopes in a request. Left empty, a space. Some want a comma.',
        kind: 'separator',
        types: oauth,
        example: ',',
        mono: true,
      },
      {
        path: 'scope_at',
        label: 'Where scopes are sent',
        explanation: 'OAuth 1.0a has no place for scopes of its own.',
        kind: [
          { value: '', text: 'With the request for temporary credentials' },
          { value: 'authorize', text: 'With the user, in the full auth URL' },
        ],
        types: oauth1,
      },
    ],
  },
  {
    title: 'Authorization request',
    fields: [
      {
        path: 'pkce',
        label: 'PKCE',
        explanation:
          'Proof that whoever redeems a code has asked for it. Providers that don’t know it ignore it.',
        kind: [
          { value: 'S256', text: 'S256' },
          { value: 'plain', text: 'plain, where the provider refuses S256' },
          { value: 'none', text: 'none, where the provider refuses both' },
        ],
        types: oauth2,
      },
      {
        path: 'signature_method',
        label: 'Signature method',
        explanation: 'How requests are signed. For RSA-SHA1 the client secret is a private key in PEM.',
        kind: ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT'].map((value) => ({ value, text: value })),
        types: oauth1,
      },
      {
        path: 'authorization_params',
        label: 'Authorization parameters',
        explanation: 'Sent along with the user, one name=value a line.',
        kind: 'pairs',
        types: oauth,
        example: 'access_type=offline',
      },
    ],
  },
  {
    title: 'Token endpoint',
    fields: [
      {
        path: 'token_auth_method',
        label: 'Client authentication',
        explanation: 'How we show the client ID and secret there (RFC 6749 §2.3.1).',
        kind: [
          { value: '', text: 'As the issuer says, else HTTP Basic' },
          { value: 'client_secret_basic', text: 'client_secret_basic, in an HTTP Basic header' },
          { value: 'client_secret_post', text: 'client_secret_post, in the body' },
          { value: 'none', text: 'none, a public client' },
        ],
        types: oauth2,
      },
      {
        path: 'token_body_format',
        label: 'Body',
        explanation: 'OAuth 2 says a form. Some providers take JSON alone.',
        kind: [
          { value: 'form', text: 'A form' },
          { value: 'json', text: 'JSON' },
        ],
        types: oauth2,
      },
      {
        path: 'token_method',
        label: 'Method',
        explanation: 'OAuth 2 says POST. With GET everything goes into the query.',
        kind: [
          { value: '', text: 'POST' },
          { value: 'GET', text: 'GET' },
        ],
        types: oauth2,
      },
      {
        path: 'token_params',
        label: 'Token parameters',
        explanation: 'Sent with every request there, one name=value a line.',
        kind: 'pairs',
        types: oauth2,
        example: 'audience=https://api.example.com',
      },
      {
        path: 'token_headers',
        label: 'Token headers',
        explanation: 'Sent with every request there, one name=value a line.',
        kind: 'pairs',
        types: oauth2,
        example: 'Accept=application/json',
      },
    ],
  },
  {
    title: 'Refresh and revocation',
    fields: [
      {
        path: 'refresh_url',
        label: 'Refresh URL',
        explanation: 'Where tokens are refreshed, if not at the access token URL.',
        kind: 'text',
        types: oauth2,
        example: '/oauth2/refresh',
        mono: true,
      },
      {
        path: 'revocation_url',
        label: 'Revocation URL',
        explanation: 'Where a token is revoked when its Connection is deleted (RFC 7009).',
        kind: 'text',
        types: oauth,
        example: '/oauth2/revoke',
        mono: true,
      },
      {
        path: 'refresh_token_params',
        label: 'Refresh parameters',
        explanation: 'One name=value a line. A grant_type here replaces the usual one.',
        kind: 'pairs',
        types: oauth2,
        example: 'grant_type=fb_exchange_token',
      },
      {
        path: 'refresh_token_param',
        label: 'Name of the refresh token',
        explanation: 'What the request calls it, if not refresh_token.',
        kind: 'text',
        types: oauth2,
        example: 'refreshToken',
        mono: true,
      },
      {
        path: 'refresh_final_errors',
        label: 'Final errors',
        explanation:
          'Errors at a refresh that mean what invalid_grant means: the user has to connect again. One a line.',
        kind: 'words',
        types: oauth2,
        example: 'token_revoked',
      },
    ],
  },
  {
    title: 'Who connected',
    fields: [
      {
        path: 'metadata_url',
        label: 'Metadata URL',
        explanation:
          'An address of the API that tells whose account it is. A path on the API host, or a whole URL.',
        kind: 'text',
        types: signed,
        example: '/1/user/-/profile.json',
        mono: true,
      },
      {
        path: 'uniqueness',
        label: 'Unique id',
        explanation:
          'Where the account’s id is in that answer: a key, a dotted path or a JSON pointer. With it, connecting an account twice renews the first Connection.',
        kind: 'text',
        types: signed,
        example: 'user.encodedId',
        mono: true,
      },
      {
        path: 'default_name',
        label: 'Default name',
        explanation: 'Where a name for the Connection is in that answer.',
        kind: 'text',
        types: signed,
        example: 'user.displayName',
        mono: true,
      },
      {
        path: 'callback_metadata',
        label: 'Callback parameters to keep',
        explanation: 'Further parameters that the provider sends back with the user, one a line.',
        kind: 'words',
        types: oauth,
        example: 'realmId',
      },
    ],
  },
  {
    title: 'Headers',
    fields: [
      {
        path: 'api_headers',
        label: 'Headers of every call',
        explanation: 'What the API wants on each call, such as a version. One name=value a line.',
        kind: 'pairs',
        types: signed,
        example: 'Notion-Version=2022-06-28',
      },
      {
        path: 'signature',
        label: 'Where the access token goes',
        explanation: 'How a call to the API carries it (RFC 6750).',
        kind: [
          { value: 'header', text: 'In the Authorization header' },
          { value: 'parameter', text: 'In the query, as access_token' },
        ],
        types: oauth2,
      },
    ],
  },
  { title: 'Oddities', fields: oddities },
];
