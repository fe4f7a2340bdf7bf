import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { callbackUrl, isOAuth, type Source } from '../../sources/source.ts';
import type { ConsoleEnv } from '../env.ts';
import { Form } from '../frame/form.tsx';
import type { FormState } from '../frame/form-state.ts';
import { Copyable } from '../frame/secret.tsx';
import { type CatalogueDetail, readChange, readEntry } from './catalogue.ts';
import { CatalogueChangeSection } from './catalogue-change.tsx';
import { ClientFields } from './definition-form.tsx';
import { LendingSection } from './lending.tsx';
import { Credentials, LentCredentials } from './list.tsx';
import { loadVisible, usesOf } from './load.ts';
import { answerSourcePage, sourcePath } from './source-page.tsx';
import { UsesSection } from './uses.tsx';
import { typeNames } from './words.ts';

/** The forms of a source's first page, where one came back. */
export interface OverviewForms {
  client?: FormState;
  take?: FormState;
}

/** `/console/sources/:id`: what a source is, what it lacks, and who uses it. */
export const overviewPage = new Hono<ConsoleEnv>().get('/console/sources/:id', async (c) =>
  answerOverview(c, await loadVisible(c)),
);

/** Answers a source's first page. */
export async function answerOverview(c: Context<ConsoleEnv>, source: Source, forms: OverviewForms = {}) {
  const { caller, isAdministrator } = c.var;
  const isOwn = source.developerId === caller.developerId;
  const isEditable = isOwn && !source.sandbox;
  const [{ uses, withoutApplication }, change, entry] = await Promise.all([
    usesOf(c.var, source),
    isEditable ? readChange(c, source) : null,
    isEditable && source.clientId === null ? entryOf(c, source) : null,
  ]);
  const path = sourcePath(source);
  return answerSourcePage(
    c,
    {
      source,
      tab: 'Overview',
      status: Object.keys(forms).length > 0 ? 400 : 200,
      action:
        isOwn && source.definition.type !== 'none' ? (
          <a class="button" href={`${path}/test`}>
            Test this source
          </a>
        ) : null,
    },
    <>
      {source.sandbox ? (
        <p class="muted">One of the sandbox’s: built in, for applications marked as test.</p>
      ) : isOwn ? null : (
        <p class="muted">The administrator of this deployment defines this source for everyone.</p>
      )}
      {isOAuth(source.definition) && !source.sandbox ? (
        <RedirectUrl c={c} source={source} entry={entry} />
      ) : null}
      {isEditable && isOAuth(source.definition) && (source.clientId === null || forms.client) ? (
        <section class="card">
          <h2>Credentials</h2>
          <p class="muted">
            None are stored, so only applications that bring their own can offer this source. Enter the client
            ID and secret from the provider to change that.
          </p>
          <Form action={`${path}/client`} submit="Save the credentials" {...withForm(forms.client)}>
            <ClientFields
              type={source.definition.type}
              clientId=""
              form={forms.client}
              secretSet={source.sealedClientSecret !== null}
              needed
            />
          </Form>
        </section>
      ) : null}
      {change ? <CatalogueChangeSection source={source} change={change} form={forms.take} /> : null}
      <Facts c={c} source={source} />
      <UsesSection source={source} isOwn={isOwn} uses={uses} withoutApplication={withoutApplication} />
      {isEditable && isAdministrator && source.clientId !== null ? (
        <LendingSection c={c} source={source} />
      ) : null}
      {isEditable ? (
        <section class="ending">
          <h2>Delete this data source</h2>
          <p class="muted">Its Connections stay readable, and nothing works on them any more.</p>
          <a class="button quiet" href={`${path}/delete`}>
            Delete data source
          </a>
        </section>
      ) : null}
    </>,
  );
}

function withForm(form: FormState | undefined) {
  return form ? { form } : {};
}

/** Where a client is registered, while that is still to be done. */
async function entryOf(c: Context<ConsoleEnv>, { catalogueSlug }: Source): Promise<CatalogueDetail | null> {
  if (catalogueSlug === null) return null;
  // An entry may have left the catalogue since.
  return readEntry(c, catalogueSlug).catch(() => null);
}

interface RedirectUrlProps {
  c: Context<ConsoleEnv>;
  source: Source;
  entry: CatalogueDetail | null;
}

function RedirectUrl({ c, source, entry }: RedirectUrlProps) {
  const isOwn = source.developerId === c.var.caller.developerId;
  return (
    <section class="card">
      <h2>Redirect URL</h2>
      <p class="muted">
        {isOwn ? 'Register' : 'To use credentials of your own, register'} exactly this at{' '}
        {entry?.register?.url ? (
          <a href={entry.register.url} rel="noreferrer" target="_blank">
            {source.definition.name}
          </a>
        ) : (
          source.definition.name
        )}
        , where you register the client. Providers compare it letter by letter.
      </p>
      {entry?.register?.note ? <p class="muted">{entry.register.note}</p> : null}
      <Copyable id="redirect-url" label="the redirect URL" text={callbackUrl(source.id, c.var.config)} />
    </section>
  );
}

function Facts({ c, source }: { c: Context<ConsoleEnv>; source: Source }) {
  const { definition, slug, id } = source;
  const isOwn = source.developerId === c.var.caller.developerId;
  const scopes = 'scopes' in definition ? definition.scopes : [];
  return (
    <section>
      <h2 class="spoken">Facts</h2>
      <dl class="particulars">
        <dt>Type</dt>
        <dd>{typeNames[definition.type]}</dd>
        <dt>Credentials</dt>
        <dd>
          {isOwn ? (
            <Credentials source={source} />
          ) : (
            <LentCredentials source={source} developerId={c.var.caller.developerId} />
          )}
        </dd>
        {isOwn && source.clientId !== null ? (
          <>
            <dt>Client ID</dt>
            <dd>
              <code>{source.clientId}</code>
            </dd>
          </>
        ) : null}
        <dt>API host</dt>
        <dd>
          <code>{definition.api_host_url}</code>
        </dd>
        {scopes.length > 0 ? (
          <>
            <dt>Scopes</dt>
            <dd>
              <ul class="chips">
                {scopes.map((scope) => (
                  <li>
                    <code>{scope}</code>
                  </li>
                ))}
              </ul>
            </dd>
          </>
        ) : null}
        <dt>Called as</dt>
        <dd>
          <code>/proxy/{slug}/…</code>
        </dd>
        <dt>ID</dt>
        <dd>
          <code>{id}</code>
        </dd>
      </dl>
    </section>
  );
}
