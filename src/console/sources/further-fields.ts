import { type FieldGroup, oauth, oauth1, oauth2, signed } from './field.ts';
import { oddities } from './odd-fields.ts';
import { tokenGroups } from './token-fields.ts';

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
  ...tokenGroups,
  {
    title: 'Who connected',
    fields: [
      {
        path: 'metadata_url',
        label: 'Metadata URL',
        explanation:
          'An address of the API that tells whose account it is: a path on the API host, or a whole URL. {{ connection.metadata.x }} stands for a callback parameter that is kept.',
        kind: 'text',
        types: signed,
        example: '/1/user/-/profile.json',
        mono: true,
      },
      {
        path: 'metadata_method',
        label: 'Metadata method',
        explanation: 'How that address is asked.',
        kind: [
          { value: '', text: 'GET' },
          { value: 'POST', text: 'POST' },
        ],
        types: signed,
      },
      {
        path: 'metadata_body',
        label: 'Metadata body',
        explanation: 'JSON to send there, such as a GraphQL query.',
        kind: 'block',
        types: signed,
        example: '{"query": "{ viewer { id name } }"}',
      },
      {
        path: 'uniqueness',
        label: 'Unique id',
        explanation:
          'Where the account’s id is in that answer: a key, a dotted path or a JSON pointer; or callback. and a parameter that the metadata URL holds. With it, connecting an account twice renews the first Connection.',
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
        path: 'token_metadata',
        label: 'Token fields to keep',
        explanation:
          'Further fields of the token response that belong to the Connection’s metadata, one a line.',
        kind: 'words',
        types: oauth2,
        example: 'instance_url',
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
    title: 'Headers and parameters',
    fields: [
      {
        path: 'api_headers',
        label: 'Headers of every call',
        explanation:
          'What the API wants on each call, such as a version, one name=value a line. {access_token}, {client_id}, {client_secret} and {environment.name} stand for these.',
        kind: 'pairs',
        types: signed,
        example: 'Notion-Version=2022-06-28',
      },
      {
        path: 'api_params',
        label: 'Parameters of every call',
        explanation: 'The same in the query, one name=value a line.',
        kind: 'pairs',
        types: signed,
        example: 'format=json',
      },
      {
        path: 'environment',
        label: 'Environment',
        explanation:
          'What {environment.name} stands for in headers and parameters, one name=value a line. Stored sealed, and shown to nobody again: a name with nothing behind its = keeps what is stored.',
        kind: 'sealed',
        types: signed,
        example: 'api_key=0123456789abcdef',
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
