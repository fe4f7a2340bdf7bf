import { all, apiKey, basic, type FieldSpec, oauth, oauth1, oauth2, typed } from './field.ts';

/** What every source needs to be told, in the order in which a provider's documentation has it. */
export const essentialFields: FieldSpec[] = [
  {
    path: 'name',
    label: 'Name',
    explanation: 'Users see it on the button they connect with.',
    kind: 'text',
    types: all,
    mandatory: all,
    example: 'Fitbit',
  },
  {
    path: 'api_host_url',
    label: 'API host URL',
    explanation: 'Where the provider’s API is. Calls under /proxy go below it, signed for the user.',
    kind: 'text',
    types: all,
    mandatory: all,
    example: 'https://api.fitbit.com',
    mono: true,
  },
  {
    path: 'key_in',
    label: 'Where the key goes',
    explanation: 'How a call shows the key that the user typed.',
    kind: [
      { value: '', text: 'In a header' },
      { value: 'query', text: 'In a query parameter' },
    ],
    types: apiKey,
  },
  {
    path: 'key_name',
    label: 'Header or parameter',
    explanation: 'Its name. A header is called Authorization unless you say otherwise.',
    kind: 'text',
    types: apiKey,
    example: 'X-Api-Key',
    mono: true,
  },
  {
    path: 'key_prefix',
    label: 'Prefix',
    explanation:
      'What stands before the key in its header, with its space. Bearer and a space in Authorization, nothing in others.',
    kind: 'separator',
    types: apiKey,
    example: 'Token ',
    mono: true,
  },
  {
    path: 'key_label',
    label: 'Label of the key',
    explanation: 'The words over the field that the user types it into.',
    kind: 'text',
    types: apiKey,
    example: 'Personal access token',
  },
  {
    path: 'username_label',
    label: 'Label of the user name',
    explanation: 'The words over its field. Some providers take an account’s id there, or a key.',
    kind: 'text',
    types: basic,
    example: 'E-mail address',
  },
  {
    path: 'password_label',
    label: 'Label of the password',
    explanation: 'The words over its field.',
    kind: 'text',
    types: basic,
    example: 'App password',
  },
  {
    path: 'key_help_url',
    label: 'Help URL',
    explanation: 'The provider’s page on which users find or make the credential. The popup links there.',
    kind: 'text',
    types: typed,
    example: 'https://example.com/settings/keys',
    mono: true,
  },
];

/** The issuer that the addresses are discovered from. */
export const issuerField: FieldSpec = {
  path: 'issuer',
  label: 'Issuer',
  explanation:
    'The issuer’s URL. Its addresses are read from the metadata it publishes (OpenID Connect Discovery or RFC 8414), once, when you save.',
  kind: 'text',
  types: oauth2,
  example: 'https://accounts.google.com',
  mono: true,
};

/** Where users authorize, and where codes and tokens are exchanged. */
export const addressFields: FieldSpec[] = [
  {
    path: 'auth_host_url',
    label: 'Auth host URL',
    explanation: 'The host of the provider’s authorization pages. Paths below are on it.',
    kind: 'text',
    types: oauth,
    mandatory: oauth1,
    example: 'https://www.fitbit.com',
    mono: true,
  },
  {
    path: 'request_token_url',
    label: 'Request token URL',
    explanation:
      'Where temporary credentials come from, before the user is sent over. A path on the auth host, or a whole URL.',
    kind: 'text',
    types: oauth1,
    mandatory: oauth1,
    example: '/oauth/request_token',
    mono: true,
  },
  {
    path: 'auth_url',
    label: 'Auth URL',
    explanation: 'Where the user authorizes. A path on the auth host, or a whole URL.',
    kind: 'text',
    types: oauth,
    mandatory: oauth1,
    example: '/oauth2/authorize',
    mono: true,
  },
  {
    path: 'full_auth_url',
    label: 'Full auth URL',
    explanation:
      'The whole URL the user is sent to. Left empty, it is the auth URL on the auth host. Put a fixed query here if the provider wants one.',
    kind: 'text',
    types: oauth,
    mandatory: oauth1,
    example: 'https://www.fitbit.com/oauth2/authorize',
    mono: true,
  },
  {
    path: 'access_token_url',
    label: 'Access token URL',
    explanation: 'Where we exchange what came back for a token. A path on the auth host, or a whole URL.',
    kind: 'text',
    types: oauth,
    mandatory: oauth1,
    example: 'https://api.fitbit.com/oauth2/token',
    mono: true,
  },
];

/** What it looks like, and what it is called in addresses. */
export const faceFields: FieldSpec[] = [
  {
    path: 'logo',
    label: 'Logo URL',
    explanation: 'A PNG, JPEG, GIF or WebP of at most 64 KB. It is fetched once and served by us.',
    kind: 'text',
    types: all,
    example: 'https://example.com/logo.png',
    mono: true,
  },
  {
    path: 'slug',
    label: 'Slug',
    explanation: 'Its name in addresses, such as /proxy/fitbit. Left empty, it is made from the name.',
    kind: 'text',
    types: all,
    example: 'fitbit',
    mono: true,
  },
];
