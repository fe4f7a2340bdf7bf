import type { Config } from '../env.ts';
import type { Client, ClientAuthenticationMethod } from '../oauth/oauth2/client-authentication.ts';
import type { OAuth2Definition } from '../sources/definition.ts';
import { type Offer, openClientSecret } from '../sources/offer.ts';
import { clientAuthMethod } from '../sources/source.ts';

/** An offer's OAuth 2 client, with its secret opened, and how it authenticates. */
export async function openClient(
  offer: Offer,
  definition: OAuth2Definition,
  config: Config,
): Promise<{ client: Client; authMethod: ClientAuthenticationMethod }> {
  const secret = await openClientSecret(offer, config);
  return {
    client: { id: offer.clientId, secret },
    authMethod: clientAuthMethod(definition, secret),
  };
}
