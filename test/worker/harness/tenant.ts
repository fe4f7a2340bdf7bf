import { ok } from './answers.ts';
import { signInAs } from './console.ts';
import { type Application, createApplication, createDeveloper, manage, type Source } from './management.ts';
import { OAuth2Provider } from './oauth2-provider.ts';
import { type Exchanged, finishedRun, type Run } from './run.ts';
import type { World } from './world.ts';

/** Everything one developer can own, and an end user's access token. */
export interface Tenant {
  developer: { id: string; key: string };
  /** A second key, by its id. */
  keyId: string;
  provider: OAuth2Provider;
  source: Source;
  /** A second one, made from the catalogue. */
  catalogueSourceId: string;
  application: Application;
  /** A second client secret, by its id. */
  secretId: string;
  user: Exchanged;
  connectionId: string;
  /** A run whose specialToken hasn't been exchanged. */
  finished: Run;
  /** A link that its user hasn't followed. */
  ticket: string;
  /** Somebody who signs in to the console for them, and somebody who may. */
  personId: string;
  invitationId: string;
  /** What a link's user came back with, not redeemed yet. */
  connectionCode: string;
}

/** The final location of this tenant's links. */
export const linkTarget = 'https://shop.example/back';

/** Makes a developer with one of everything. */
export async function createTenant(world: World, name: string): Promise<Tenant> {
  const developer = await createDeveloper(world);
  const call = <T>(method: string, path: string, body?: unknown) =>
    ok<T>(manage(world, method, path, body, developer.key));
  const provider = new OAuth2Provider(world, name);
  const [application, source, key] = await Promise.all([
    createApplication(world, { name: `Shop of ${name}` }, developer.key),
    provider.define({ name: `Steps of ${name}` }, developer.key),
    call<{ id: string }>('POST', '/keys', { name: `Key of ${name}` }),
  ]);
  const map = await call<{ source: object }>('GET', `/maps/${source.id}`);
  const me = Object.fromEntries(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((verb) => [verb, '/me']));
  await call('PUT', `/maps/${source.id}`, { source: { ...map.source, endpoints: { me } } });
  const exchanged = await finishedRun(world, application, provider, source);
  const user = await ok<Exchanged>(exchanged.exchange({ clientUserId: 'user-1' }));
  const finished = await finishedRun(world, application, provider, source, { clientUserId: 'user-2' });
  const secret = await call<{ id: string }>('POST', `/applications/${application.clientId}/secrets`);
  const fromCatalogue = await call<{ id: string }>('POST', '/sources', {
    catalogue: 'github',
    client_id: 'client',
    client_secret: 'a secret that is nobody else’s',
  });
  const invitation = await call<{ id: string }>('POST', '/invitations', { name: `Colleague of ${name}` });
  const { personId } = await signInAs(world, { developerId: developer.id });
  const link = () =>
    call<{ redirectUrl: string }>('POST', `/maps/${source.id}/connections`, { redirect_url: linkTarget });
  const [waiting, followed] = await Promise.all([link(), link()]);
  return {
    developer,
    keyId: key.id,
    provider,
    source,
    catalogueSourceId: fromCatalogue.id,
    application,
    secretId: secret.id,
    user,
    connectionId: user.connections[0] ?? '',
    finished,
    personId,
    invitationId: invitation.id,
    ticket: new URL(waiting.redirectUrl).pathname.split('/').at(-1) ?? '',
    connectionCode: await followLink(exchanged, provider, followed.redirectUrl),
  };
}

async function followLink({ browser }: Run, provider: OAuth2Provider, url: string): Promise<string> {
  const opened = await browser.navigate(url);
  const back = provider.consent(opened.headers.get('Location') ?? '');
  const final = await browser.navigate(back, { from: 'https://provider.example' });
  return new URL(final.headers.get('Location') ?? '').searchParams.get('connection_code') ?? '';
}

/** What no other tenant may ever read: ids, names, credentials, and the provider's tokens. */
export function privateValues(tenant: Tenant): string[] {
  const { developer, application, source, user, provider, finished } = tenant;
  return [
    developer.id,
    developer.key,
    tenant.keyId,
    application.clientId,
    application.clientSecret,
    tenant.secretId,
    source.id,
    source.name,
    tenant.catalogueSourceId,
    provider.clientSecret,
    ...provider.issued,
    user.userCode,
    user.accessToken,
    tenant.connectionId,
    finished.handle,
    finished.id,
    tenant.ticket,
    tenant.personId,
    tenant.invitationId,
    tenant.connectionCode,
  ];
}
