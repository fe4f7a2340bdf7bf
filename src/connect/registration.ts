import type { Config } from '../env.ts';
import type { Client, ClientAuthenticationMethod } from '../oauth/oauth2/client-authentication.ts';
import type { OAuth2Definition } from '../sources/definition.ts';
import { type Offer, openClientSecret } from '../sources/offer.ts';

/** An offer's OAuth 2 client, with its secret opened, and how it authenticates. */
export async function openClient(
  offer: Offer,
  definition: OAuth2Definition,
  config: Config,
): Promise<{ client: Client; authMethod: ClientAuthenticationMethod }> {
  const secret = await openClientSecret(offer, config);
  const declared = definition.token_auth_method ?? definition.discovered?.token_auth_method;
  return {
    client: { id: offer.clientId, secret },
    authMethod: secret === null ? 'none' : (declared ?? 'client_secret_basic'),
  };
}
