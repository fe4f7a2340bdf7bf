import { type FieldGroup, oauth, oauth2 } from './field.ts';

/** How tokens are got, renewed and ended. */
export const tokenGroups: FieldGroup[] = [
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
        path: 'token_exchange_url',
        label: 'Token exchange URL',
        explanation: 'Where the code’s token is swapped for one that lasts, by GET, before anything is kept.',
        kind: 'text',
        types: oauth2,
        example: 'https://graph.example.com/access_token',
        mono: true,
      },
      {
        path: 'token_exchange_params',
        label: 'Token exchange parameters',
        explanation:
          'All that is sent there, one name=value a line. {access_token}, {client_id} and {client_secret} stand for these.',
        kind: 'pairs',
        types: oauth2,
        example: 'access_token={access_token}',
      },
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
        path: 'refresh_method',
        label: 'Refresh method',
        explanation: 'With GET, the refresh parameters and the token go into the query, and nothing else.',
        kind: [
          { value: '', text: 'As for every token' },
          { value: 'POST', text: 'POST' },
          { value: 'GET', text: 'GET' },
        ],
        types: oauth2,
      },
      {
        path: 'revocation_body_format',
        label: 'Revocation body',
        explanation: 'RFC 7009 says a form. Some providers take nothing but something else.',
        kind: [
          { value: '', text: 'A form' },
          { value: 'json', text: 'JSON' },
          { value: 'query', text: 'None: in the query' },
        ],
        types: oauth2,
      },
      {
        path: 'revocation_method',
        label: 'Revocation method',
        explanation: 'RFC 7009 says POST.',
        kind: [
          { value: '', text: 'POST' },
          { value: 'DELETE', text: 'DELETE' },
          { value: 'GET', text: 'GET' },
        ],
        types: oauth2,
      },
      {
        path: 'revocation_params',
        label: 'Revocation parameters',
        explanation:
          'In the place of token and token_type_hint, and of the client’s authentication. One name=value a line.',
        kind: 'pairs',
        types: oauth2,
        example: 'access_token={access_token}',
        mono: true,
      },
      {
        path: 'revocation_headers',
        label: 'Revocation headers',
        explanation: 'Beside the token headers. One name=value a line.',
        kind: 'pairs',
        types: oauth2,
        example: 'Authorization=Client {client_secret}',
        mono: true,
      },
      {
        path: 'revocation_auth_method',
        label: 'Authentication at the revocation',
        explanation: 'Where it is another than at the token endpoint.',
        kind: [
          { value: '', text: 'As at the token endpoint' },
          { value: 'client_secret_basic', text: 'HTTP Basic header' },
          { value: 'client_secret_post', text: 'In the parameters' },
          { value: 'none', text: 'None' },
        ],
        types: oauth2,
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
        kind: 'lines',
        types: oauth2,
        example: 'token_revoked',
      },
    ],
  },
];
