import { Hono } from 'hono/tiny';
import { parseCursor } from '../../paging.ts';
import { isOAuth, type Source } from '../../sources/source.ts';
import { listSources } from '../../sources/store.ts';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { NextPage } from '../frame/pager.tsx';
import { Status } from '../frame/status.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Icon, pictureOf } from './icon.tsx';
import { listPlatformSources } from './load.ts';
import { typeNames } from './words.ts';

const path = '/console/sources';
const pageSize = 50;

/** `/console/sources`: what the account's applications can offer. */
export const sourceList = new Hono<ConsoleEnv>().get(path, async (c) => {
  const { db, caller, isAdministrator } = c.var;
  const [rows, platform] = await Promise.all([
    listSources(db, caller.developerId, parseCursor(c.req.query('cursor')), pageSize),
    isAdministrator ? [] : listPlatformSources(c.var),
  ]);
  const action = (
    <a class="button" href={`${path}/new`}>
      New data source
    </a>
  );
  return consolePage(
    c,
    { title: 'Data sources', section: 'sources', action },
    <>
      {rows.length === 0 ? (
        <Empty title={isAdministrator ? 'No data sources yet' : 'No data sources of your own yet'}>
          A data source is a provider that your users hold an account at: where they authorize, where its API
          is, and the client you have registered there. Choose one from the catalogue, or describe it
          yourself.
        </Empty>
      ) : (
        <section>
          {platform.length > 0 ? <h2>Yours</h2> : null}
          <Table
            caption="Data sources"
            columns={['Name', 'Type', 'Credentials']}
            rows={rows
              .slice(0, pageSize)
              .map((source) => [
                <Named source={source} />,
                typeNames[source.definition.type],
                <Credentials source={source} />,
              ])}
          />
          <NextPage path={path} rows={rows} limit={pageSize} />
        </section>
      )}
      {platform.length > 0 ? (
        <section>
          <h2>The platform’s</h2>
          <p class="muted">
            The administrator of this deployment defines these for everyone. Each of your applications can
            offer them.
          </p>
          <Table
            caption="The platform’s data sources"
            columns={['Name', 'Type', 'Credentials']}
            rows={platform.map((source) => [
              <Named source={source} />,
              typeNames[source.definition.type],
              <LentCredentials source={source} developerId={caller.developerId} />,
            ])}
          />
        </section>
      ) : null}
    </>,
  );
});

function Named({ source }: { source: Source }) {
  return (
    <span class="provider">
      <Icon name={source.definition.name} picture={pictureOf(source)} />
      <span>
        <a href={`${path}/${source.id}`}>{source.definition.name}</a>{' '}
        {source.sandbox ? <span class="pill">Sandbox</span> : null}
        <code class="muted">{source.slug}</code>
      </span>
    </span>
  );
}

/** Whether the source's own credentials are there. */
export function Credentials({ source }: { source: Source }) {
  if (source.definition.type === 'none') return <>Not needed</>;
  if (!isOAuth(source.definition)) return <>Each user’s own</>;
  if (source.clientId === null) return <Status tone="warning">Missing</Status>;
  if (source.sealedClientSecret === null) return <>Client ID alone</>;
  return <Status tone="success">Set</Status>;
}

/** Whether a developer can borrow the platform’s credentials. */
export function LentCredentials({ source, developerId }: { source: Source; developerId: string }) {
  if (!isOAuth(source.definition)) return <Credentials source={source} />;
  const { clientId, credentialsFor } = source;
  const lent = clientId !== null && (credentialsFor === null || credentialsFor.includes(developerId));
  return lent ? <Status tone="success">The platform’s</Status> : <>Bring your own</>;
}
