import type { Child } from 'hono/jsx';
import type { Connection } from '../../connections/connection.ts';
import { presentConnection } from '../../connections/connection.ts';
import { Time } from '../frame/time.tsx';
import type { LoadedConnection } from './load.ts';
import { nameOf } from './names.ts';

/** What is known of a Connection: whose it is, what was granted, how fresh its token is. */
export function Facts({ loaded, now }: { loaded: LoadedConnection; now: number }) {
  const { connection, names } = loaded;
  const { auth } = presentConnection(connection, { sourceExists: true, hasMetadata: false, tokens: null });
  const { requested, granted, missing } = auth.scopes;
  const application = nameOf(names.applications, connection.applicationId);
  return (
    <dl class="particulars">
      <Fact name="ID">
        <code>{connection.id}</code>
      </Fact>
      <Fact name="Data source">
        <Source loaded={loaded} />
      </Fact>
      <Fact name="Application">
        {connection.applicationId === null ? (
          'None'
        ) : (
          <a href={`/console/applications/${connection.applicationId}`}>
            {application ?? connection.applicationId}
          </a>
        )}
      </Fact>
      {connection.clientUserId === null ? null : (
        <Fact name="User">
          {connection.clientUserId}
          <p class="muted">
            {connection.vouched
              ? 'Vouched for: your server named the user it had signed in.'
              : 'Not vouched for: anybody may have typed this name. It never merges with others.'}
          </p>
        </Fact>
      )}
      <Fact name="Scopes asked for">
        <Scopes scopes={requested} none="None by name" />
      </Fact>
      <Fact name="Granted">
        {connection.scopesGranted === null && connection.complete ? (
          'All of them: the provider names no scopes'
        ) : (
          <Scopes scopes={connection.complete ? granted : (connection.scopesGranted ?? [])} none="None" />
        )}
      </Fact>
      {connection.complete && missing.length > 0 ? (
        <Fact name="Missing">
          <Scopes scopes={missing} none="None" />
        </Fact>
      ) : null}
      <Fact name="Access token">{tokenFact(connection, now)}</Fact>
      <Fact name="Last refresh">
        {connection.refreshedAt === null ? 'None yet' : <Time at={connection.refreshedAt} now={now} />}
      </Fact>
      <Fact name="Next refresh">{refreshFact(connection, now)}</Fact>
      {connection.refreshFailures > 0 ? (
        <Fact name="Failures">
          {connection.refreshFailures === 1 ? 'One refresh' : `${connection.refreshFailures} refreshes`} in a
          row. The old token is used while it is valid.
        </Fact>
      ) : null}
      {connection.redirectUrl === null ? null : (
        <Fact name="Its user ends up at">
          <code>{connection.redirectUrl}</code>
        </Fact>
      )}
      <Fact name="Created">
        <Time at={connection.createdAt} now={now} />
      </Fact>
      <Fact name="Updated">
        <Time at={connection.updatedAt} now={now} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: Child }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Source({ loaded: { connection, definition, sourceName } }: { loaded: LoadedConnection }) {
  if (!definition) return <>Deleted. What it granted can be read, and no calls can be made.</>;
  return <a href={`/console/sources/${connection.sourceId}`}>{sourceName}</a>;
}

function Scopes({ scopes, none }: { scopes: string[]; none: string }) {
  if (scopes.length === 0) return <>{none}</>;
  return (
    <ul class="chips">
      {scopes.map((scope) => (
        <li>
          <code>{scope}</code>
        </li>
      ))}
    </ul>
  );
}

function tokenFact({ sealedTokens, tokenExpiresAt }: Connection, now: number): Child {
  if (sealedTokens === null) return 'None';
  if (tokenExpiresAt === null) return 'The provider didn’t say when it ends';
  return (
    <>
      {tokenExpiresAt > now ? 'Ends ' : 'Ended '}
      <Time at={tokenExpiresAt} now={now} />
    </>
  );
}

function refreshFact(connection: Connection, now: number): Child {
  const { complete, tokenStaleAt, refreshDueAt, refreshRetryAt } = connection;
  if (!complete) return 'None: there is no live grant';
  if (refreshDueAt === null) return 'Never: the provider gave no refresh token';
  if (refreshRetryAt !== null && refreshRetryAt > now)
    return (
      <>
        Next try <Time at={refreshRetryAt} now={now} />
      </>
    );
  if (tokenStaleAt !== null && tokenStaleAt <= now) return 'With the next call';
  const latest = (
    <>
      <Time at={refreshDueAt} now={now} />, if nobody calls before
    </>
  );
  if (tokenStaleAt === null || tokenStaleAt >= refreshDueAt) return latest;
  return (
    <>
      With the first call from <Time at={tokenStaleAt} now={now} /> on; {latest}
    </>
  );
}
