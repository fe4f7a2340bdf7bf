import { expect } from 'vitest';
import type { Browser } from './browser.ts';
import { post, read, signInAs } from './console.ts';
import { createDeveloper, createSource, type Source } from './management.ts';
import { type Choice, OAuth2Provider } from './oauth2-provider.ts';
import { RevocationEndpoint } from './revocation-endpoint.ts';
import { World } from './world.ts';

/** A developer who is signed in to the console, with a data source. */
export interface Trying {
  world: World;
  browser: Browser;
  source: Source;
  /** The developer's API key. */
  key: string;
}

/** What a trial's page says, as far as tests read it. */
export interface Shown {
  path: string;
  html: string;
  /** Which misconfigurations it names. */
  findings: string[];
  /** The fields that it says to change. */
  fields: string[];
  /** The page's text, without markup. */
  text: string;
}

/** A developer with a source at an OAuth 2 provider of its own. */
export async function tryingOAuth2(
  fields: Record<string, unknown> = {},
): Promise<Trying & { provider: OAuth2Provider; revocation: RevocationEndpoint }> {
  const world = new World();
  const tag = crypto.randomUUID().slice(0, 8);
  // No other test shares its client registration.
  const provider = Object.assign(new OAuth2Provider(world, `trial-${tag}`), { clientId: `client-${tag}` });
  const revocation = new RevocationEndpoint(world, provider);
  const own = provider.fields({ revocation_url: revocation.url, ...fields });
  return { ...(await trying(world, own)), provider, revocation };
}

/** A developer with a source of their own. */
export async function trying(world: World, fields: Record<string, unknown>): Promise<Trying> {
  const { id, key } = await createDeveloper(world);
  const { browser } = await signInAs(world, { developerId: id });
  return { world, browser, key, source: await createSource(world, fields, key) };
}

/** Starts a trial with the form. Gives its page, and where the page sends the developer. */
export async function start(
  { world, browser, source }: Pick<Trying, 'world' | 'browser' | 'source'>,
  fields: Record<string, string> = {},
): Promise<Shown & { authorizationUrl: string }> {
  const answer = await post(browser, world, `/console/sources/${source.id}/test`, fields);
  expect(answer.status, await answer.clone().text()).toBe(303);
  const shown = await show(browser, answer.headers.get('Location') ?? '');
  const [, href = ''] = /<a class="button" href="([^"]+)" rel="noreferrer">/.exec(shown.html) ?? [];
  return { ...shown, authorizationUrl: unescapeHtml(href) };
}

/** Comes back from the provider. */
export async function comeBack({ browser }: Trying, callbackUrl: string, path: string): Promise<Shown> {
  const answer = await browser.navigate(callbackUrl, { from: 'https://provider.example' });
  expect([answer.status, answer.headers.get('Location')], await answer.clone().text()).toEqual([303, path]);
  return show(browser, path);
}

/** The whole of it: starts, consents, comes back. */
export async function run(
  setting: Trying & { provider: OAuth2Provider },
  { sample = '', ...choice }: Choice & { sample?: string } = {},
): Promise<Shown> {
  const { path, authorizationUrl } = await start(setting, { sample });
  return comeBack(setting, setting.provider.consent(authorizationUrl, choice), path);
}

/** A trial's page. */
export async function show(browser: Browser, path: string): Promise<Shown> {
  const html = await read(browser, path);
  return {
    path: path.split('?')[0] ?? path,
    html,
    findings: [...html.matchAll(/data-finding="([^"]+)"/g)].map(([, code = '']) => code),
    fields: [...html.matchAll(/\/definition#field-(\w+)"/g)].map(([, field = '']) => field),
    text: unescapeHtml(html.replace(/<[^>]+>/g, ' ')).replace(/\s+/g, ' '),
  };
}

function unescapeHtml(html: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name] ?? '');
}
