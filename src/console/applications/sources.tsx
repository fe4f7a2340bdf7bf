import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { listOffers, type SourceOffer } from '../../sources/application-offers.ts';
import { normalizeId } from '../../validation.ts';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { applicationPage } from './frame.tsx';
import {
  applicationsPath,
  detailsOf,
  holderOf,
  ownApplication,
  pathOf,
  type ShownApplication,
} from './own.ts';

const path = `${applicationsPath}/:clientId/sources`;

/** `/console/applications/:clientId/sources`: what an application's users can connect. */
export const sourcePages = new Hono<ConsoleEnv>()
  .get(path, async (c) => listPage(c, await ownApplication(c)))
  .post(`${path}/:id/switch`, async (c) => {
    const application = await ownApplication(c);
    const id = normalizeId(c.req.param('id')) ?? '';
    const enabled = (await readForm(c)).enabled === 'true';
    const back = `${pathOf(application)}/sources`;
    const set = await callApi(c, 'PUT', `/applications/${application.clientId}/sources/${id}`, { enabled });
    if (set.ok) return goTo(c, back, enabled ? 'It is switched on.' : 'It is switched off.');
    // A secret that has to be entered again: beside its field there is more to say.
    detailsOf(set);
    return goTo(c, `${back}/${id}`, set.message, 'danger');
  });

const credentialTexts: Record<SourceOffer['credentials'], string> = {
  application: 'This application’s own',
  source: 'The data source’s',
  platform: 'The platform’s',
  user: 'Each user types their own',
  none: 'None yet',
};

/** Whose credentials a data source's users connect through, in words. */
export function credentialText({ credentials }: SourceOffer): string {
  return credentialTexts[credentials];
}

async function listPage(c: Context<ConsoleEnv>, application: ShownApplication) {
  const offers = await listOffers(c.var, holderOf(c, application));
  const own = pathOf(application);
  const allSources = (
    <a class="button quiet" href="/console/sources">
      All data sources
    </a>
  );
  return applicationPage(
    c,
    application,
    { tab: 'Data sources', action: offers.length === 0 ? null : allSources },
    offers.length === 0 ? (
      <Empty
        title="No data sources yet"
        action={
          <a class="button" href="/console/sources">
            To the data sources
          </a>
        }
      >
        A data source is a provider your users hold accounts at: its addresses, and your client ID and secret
        there. Define one, and it can be offered here.
      </Empty>
    ) : (
      <>
        <p class="muted">
          Connect offers your users every data source that is switched on and has credentials.
        </p>
        <Table
          caption="Data sources"
          columns={['Name', 'Credentials', 'Offered', '']}
          rows={offers.map((offer) => [
            <>
              <span class="named">
                <a href={`${own}/sources/${offer.source.id}`}>{offer.source.definition.name}</a>
              </span>
              {offer.source.sandbox ? <span class="muted">Made up, for testing</span> : null}
            </>,
            credentialText(offer),
            offer.isOffered ? (
              <span class="pill on">Offered</span>
            ) : (
              <span class="muted">{offer.missing}</span>
            ),
            <div class="buttons end">
              <form method="post" action={`${own}/sources/${offer.source.id}/switch`}>
                <input type="hidden" name="enabled" value={String(!offer.isOn)} />
                <button
                  type="submit"
                  class="button quiet small"
                  aria-label={`Switch ${offer.isOn ? 'off' : 'on'} ${offer.source.definition.name}`}
                >
                  {offer.isOn ? 'Switch off' : 'Switch on'}
                </button>
              </form>
            </div>,
          ])}
        />
      </>
    ),
  );
}
