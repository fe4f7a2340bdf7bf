import type { ConsoleSession } from '../../access/console-session.ts';
import { Mark } from '../../page/mark.tsx';

const sections = {
  applications: { title: 'Applications', href: '/console/applications' },
  sources: { title: 'Data sources', href: '/console/sources' },
  connections: { title: 'Connections', href: '/console/connections' },
  activity: { title: 'Activity', href: '/console/activity' },
  settings: { title: 'Settings', href: '/console/settings' },
} as const;

/** A part of the console. */
export type Section = keyof typeof sections;

interface RailProps {
  section: Section | null;
  session: ConsoleSession;
  isAdministrator: boolean;
}

/** What stays beside every page: the parts of the console, who is signed in, the documentation, the way out. */
export function Rail({ section, session, isAdministrator }: RailProps) {
  return (
    <header class="rail">
      <Brand />
      <nav aria-label="Console">
        {Object.entries(sections).map(([id, { title, href }]) => (
          <a href={href} aria-current={id === section ? 'true' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <div class="who">
        <p>
          <strong>{session.person?.name ?? 'Administrator'}</strong>
          <span class="muted">{account(session, isAdministrator)}</span>
          <a href="/docs">Documentation</a>
        </p>
        <form method="post" action="/console/sign-out">
          <button type="submit" class="button quiet">
            Sign out
          </button>
        </form>
      </div>
    </header>
  );
}

/** The mark and the name. */
export function Brand() {
  return (
    <a class="brandname" href="/console">
      <Mark />
      Trivet
    </a>
  );
}

function account({ person, developerName }: ConsoleSession, isAdministrator: boolean): string {
  if (!person) return 'With the administrator’s token';
  return isAdministrator ? 'Administrator' : developerName;
}
