import { base64, utf8 } from '../../crypto/encoding.ts';

/** How a client shows who it is (RFC 6749 §2.3.1, by the names of RFC 7591 §2). */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'none';

export interface Client {
  id: string;
  /** `null`: a public client. */
  secret: string | null;
  /** `client_id`, where the provider has no other name for it. */
  idParameter?: string | undefined;
  /** `client_secret`, where the provider has no other name for it. */
  secretParameter?: string | undefined;
}

/** What a request must carry for the provider to know its client. */
export interface ClientAuthentication {
  authorization: string | null;
  parameters: Record<string, string>;
}

/**
 * Authenticates a client by the declared method. One without a secret can only name itself, whatever
 * was declared (RFC 6749 §3.2.1).
 */
export function authenticateClient(method: ClientAuthenticationMethod, client: Client): ClientAuthentication {
  const id = { [client.idParameter ?? 'client_id']: client.id };
  if (client.secret === null) return { authorization: null, parameters: id };
  switch (method) {
    case 'none':
      return { authorization: null, parameters: id };
    case 'client_secret_basic':
      return { authorization: basicAuthorization(client.id, client.secret), parameters: {} };
    case 'client_secret_post':
      return {
        authorization: null,
        parameters: { ...id, [client.secretParameter ?? 'client_secret']: client.secret },
      };
  }
}

/** Both halves are form-urlencoded first, so that a colon in the ID can't be taken for the separator. */
function basicAuthorization(id: string, secret: string): string {
  return `Basic ${base64(utf8(`${formEncode(id)}:${formEncode(secret)}`))}`;
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
