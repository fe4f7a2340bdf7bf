import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { type Fault, notFound } from '../../errors.ts';
import { listOffers, type SourceOffer } from '../../sources/application-offers.ts';
import { callbackUrl, isOAuth } from '../../sources/source.ts';
import { normalizeId } from '../../validation.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { CheckGroup } from '../frame/check-group.tsx';
import { Field, Form, TextArea } from '../frame/form.tsx';
import { type FormState, formWithFaults, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { Copyable } from '../frame/secret.tsx';
import { linesOf } from './form.tsx';
import { aboveIn } from './frame.tsx';
import {
  applicationsPath,
  detailsOf,
  holderOf,
  ownApplication,
  pathOf,
  type ShownApplication,
} from './own.ts';
import { credentialText } from './sources.tsx';

const path = `${applicationsPath}/:clientId/sources/:id`;

const labels = {
  client_id: 'The client ID',
  client_secret: 'The client secret',
  scopes: 'A scope',
};

/** `/console/applications/:clientId/sources/:id`: one data source as an application offers it. */
export const sourcePage = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const application = await ownApplication(c);
    return editPage(c, application, await ownOffer(c, application));
  })
  .post(path, async (c) => {
    const application = await ownApplication(c);
    const offer = await ownOffer(c, application);
    const fields = await readForm(c);
    const set = await callApi(c, 'PUT', apiPath(application, offer), choiceBody(offer, fields));
    if (!set.ok) return editPage(c, application, offer, formOf(fields, detailsOf(set)));
    return goTo(c, `${pathOf(application)}/sources`, `${offer.source.definition.name} is saved.`);
  })
  .post(`${path}/reset`, async (c) => {
    const application = await ownApplication(c);
    const offer = await ownOffer(c, application);
    await requireApi(c, 'DELETE', apiPath(application, offer));
    return goTo(
      c,
      `${pathOf(application)}/sources/${offer.source.id}`,
      'This application’s own credentials and scopes are forgotten.',
    );
  });

/** The data source of `:id`, which the application must be able to offer. */
async function ownOffer(c: Context<ConsoleEnv>, application: ShownApplication): Promise<SourceOffer> {
  const id = normalizeId(c.req.param('id') ?? '');
  const [offer] = id ? await listOffers(c.var, holderOf(c, application), id) : [];
  if (!offer) throw notFound('data source');
  return offer;
}

function apiPath(application: ShownApplication, { source }: SourceOffer): string {
  return `/applications/${application.clientId}/sources/${source.id}`;
}

/** The form with what the API said is wrong with it, which names fields as they are on the wire. */
function formOf(fields: Record<string, string>, faults: Fault[]): FormState {
  const named = faults.map(({ path, message }) => ({
    path,
    message: message.replace(/client_(id|secret)/, inWords),
  }));
  return formWithFaults(fields, named, labels);
}

function inWords(name: string): string {
  return name === 'client_id' ? 'client ID' : 'client secret';
}

/** What the fields stand for, as the API has it. An empty secret is the one that is set, as long as there is a client. */
function choiceBody({ source }: SourceOffer, fields: Record<string, string>) {
  const enabled = fields.enabled === 'on';
  if (!isOAuth(source.definition)) return { enabled };
  const clientId = (fields.client_id ?? '').trim() || null;
  const secret = fields.client_secret || undefined;
  const scopes = linesOf((fields.scopes ?? '').replaceAll(/\s+/g, '\n'));
  return {
    enabled,
    client_id: clientId,
    ...(secret === undefined ? {} : { client_secret: secret }),
    scopes: scopes.length === 0 ? null : scopes,
  };
}

function editPage(
  c: Context<ConsoleEnv>,
  application: ShownApplication,
  offer: SourceOffer,
  form?: FormState,
) {
  const { source, ownClientId } = offer;
  const state = form ? { form } : {};
  const list = `${pathOf(application)}/sources`;
  return consolePage(
    c,
    {
      title: source.definition.name,
      section: 'applications',
      above: [...aboveIn(application), { title: 'Data sources', href: list }],
      status: form ? 400 : 200,
    },
    <>
      <dl class="card facts">
        <dt>Offered</dt>
        <dd>{offer.missing === null ? 'Yes' : `No. ${offer.missing}`}</dd>
        <dt>Credentials</dt>
        <dd>{credentialText(offer)}</dd>
      </dl>
      <Form action={`${list}/${source.id}`} submit="Save" cancel={list} {...state}>
        <CheckGroup
          name="offer"
          legend="In Connect"
          boxes={[
            {
              name: 'enabled',
              label: `Offer ${source.definition.name}`,
              explanation: `Whether ${application.name}’s users see it. Accounts that are connected stay connected.`,
              checked: offer.isOn,
            },
          ]}
          {...state}
        />
        {isOAuth(source.definition) ? (
          <>
            <CredentialFields config={c.var.config} offer={offer} {...state} />
            <TextArea
              name="scopes"
              label="Scopes"
              explanation={<ScopesExplanation offer={offer} scopes={source.definition.scopes} />}
              value={offer.scopes?.join('\n') ?? ''}
              rows={3}
              mono
              optional
              {...state}
            />
          </>
        ) : null}
      </Form>
      {ownClientId === null && offer.scopes === null ? null : (
        <section class="ending">
          <h2>Back to the data source’s own</h2>
          <p class="muted">
            Forgets the client ID, the secret and the scopes above. Users who are connected through them have
            to connect again.
          </p>
          <form method="post" action={`${list}/${source.id}/reset`}>
            <button type="submit" class="button quiet">
              Forget them
            </button>
          </form>
        </section>
      )}
    </>,
  );
}

interface CredentialFieldsProps {
  config: ConsoleEnv['Variables']['config'];
  offer: SourceOffer;
  form?: FormState;
}

/** The application's own registration at the provider, and the redirect URL to give there. */
function CredentialFields({ config, offer, form }: CredentialFieldsProps) {
  const state = form ? { form } : {};
  const { source, ownClientId, credentials } = offer;
  const otherwise =
    credentials === 'none'
      ? 'Without them this data source can’t be offered.'
      : 'Leave both empty to use those that are there already.';
  return (
    <>
      {source.sandbox ? null : (
        <div class="field">
          <strong>Redirect URL</strong>
          <p class="explanation">
            Register exactly this one at {source.definition.name}, where you get the client ID and secret.
          </p>
          <Copyable id="redirect-url" label="the redirect URL" text={callbackUrl(source.id, config)} />
        </div>
      )}
      <Field
        name="client_id"
        label="Client ID"
        explanation={`This application’s own at the provider. ${otherwise}`}
        value={ownClientId ?? ''}
        mono
        optional
        {...state}
      />
      <Field
        name="client_secret"
        label="Client secret"
        type="password"
        autocomplete="new-password"
        explanation={
          ownClientId === null
            ? 'It comes with the client ID. It is kept sealed, and never shown again.'
            : 'It is set. Leave this empty to keep it.'
        }
        mono
        optional
        {...state}
      />
    </>
  );
}

function ScopesExplanation({ offer, scopes }: { offer: SourceOffer; scopes: string[] }) {
  return (
    <>
      What your users are asked for, one a line. Left empty:{' '}
      {scopes.length === 0 ? (
        'none'
      ) : (
        <>
          the data source’s own, <code>{scopes.join(' ')}</code>
        </>
      )}
      .
      {offer.credentials === 'platform'
        ? ' On the platform’s credentials you can ask for these alone.'
        : null}
    </>
  );
}
