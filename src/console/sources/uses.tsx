import { isOAuth, type Source } from '../../sources/source.ts';
import { Table } from '../frame/table.tsx';
import type { Use } from './load.ts';

interface UsesProps {
  source: Source;
  isOwn: boolean;
  uses: Use[];
  withoutApplication: number;
}

/** Which of the account's applications use a source, and through whose credentials. */
export function UsesSection({ source, isOwn, uses, withoutApplication }: UsesProps) {
  const using = uses.filter(({ credentials, connections }) => credentials !== null || connections > 0);
  const others = uses.length - using.length;
  return (
    <section>
      <h2>Applications</h2>
      {using.length === 0 ? (
        <p class="nothing">{whyNone(source, uses.length)}</p>
      ) : (
        <>
          <Table
            caption="Applications that use it"
            columns={['Application', 'Credentials', 'Connections']}
            rows={using.map(({ id, name, credentials, connections }) => [
              <a href={`/console/applications/${id}`}>{name}</a>,
              credentialsText(credentials, isOwn),
              connections.toLocaleString('en'),
            ])}
          />
          {others > 0 ? (
            <p class="muted">
              {others === 1 ? 'One other application doesn’t' : `${others} others don’t`} offer it.
            </p>
          ) : null}
        </>
      )}
      {withoutApplication > 0 ? (
        <p class="muted">
          {withoutApplication.toLocaleString('en')} Connection{withoutApplication === 1 ? ' was' : 's were'}{' '}
          made over the API, without an application.
        </p>
      ) : null}
    </section>
  );
}

function whyNone(source: Source, applications: number): string {
  if (applications === 0)
    return 'You have no application yet. One offers this source as soon as it is there.';
  if (source.definition.type === 'none')
    return 'Nobody connects an account here: it is called without credentials.';
  if (source.sandbox) return 'None of your applications is marked as test, and the sandbox serves no others.';
  if (isOAuth(source.definition) && source.clientId === null) {
    return 'None of your applications offers it: there are no credentials, and none has brought its own.';
  }
  return 'None of your applications offers it.';
}

function credentialsText(credentials: Use['credentials'], isOwn: boolean): string {
  switch (credentials) {
    case 'own':
      return 'The application’s own';
    case 'source':
      return isOwn ? 'The source’s' : 'The platform’s';
    case 'user':
      return 'Each user’s own';
    case null:
      return 'No longer offered';
  }
}
