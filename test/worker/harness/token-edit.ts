import type { OAuth2Provider } from './oauth2-provider.ts';
import type { World } from './world.ts';

type Fields = Record<string, unknown>;

/**
 * From now on the provider’s token endpoint answers what it would, changed. For one authorization after another:
 * what goes on at the same moment may see it unchanged.
 */
export function editTokens(world: World, provider: OAuth2Provider, edit: (fields: Fields) => Fields): void {
  const edited = async (request: Request): Promise<Response> => {
    provider.answerToken = null;
    const answer = await world.internet.fetch(request);
    provider.answerToken = edited;
    return Response.json(edit(await answer.json<Fields>()), { status: answer.status });
  };
  provider.answerToken = edited;
}

/** A provider that names no scopes. */
export function withoutScope({ scope: _scope, ...fields }: Fields): Fields {
  return fields;
}

/** A provider that gives no refresh token. */
export function withoutRefreshToken({ refresh_token: _token, ...fields }: Fields): Fields {
  return fields;
}
