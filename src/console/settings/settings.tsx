import { Hono } from 'hono/tiny';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';

/** What stands above every page of the settings. */
export const aboveSettings = [{ title: 'Settings', href: '/console/settings' }];

interface Place {
  title: string;
  href: string;
  what: string;
  administrator?: true;
}

const places: Place[] = [
  {
    title: 'API keys',
    href: '/console/settings/keys',
    what: 'The credentials of your servers, each with no more than it needs.',
  },
  {
    title: 'Webhooks',
    href: '/console/settings/webhooks',
    what: 'Where your servers are told of what happens to Connections.',
  },
  {
    title: 'People',
    href: '/console/settings/people',
    what: 'Who signs in to this account, and invitations for others.',
  },
  {
    title: 'Sessions',
    href: '/console/settings/sessions',
    what: 'The browsers you are signed in with.',
  },
  {
    title: 'Developers',
    href: '/console/settings/developers',
    what: 'The accounts of this deployment, each with its own applications, data sources and keys.',
    administrator: true,
  },
  {
    title: 'Sealing keys',
    href: '/console/settings/sealing',
    what: 'The keys that tokens and secrets are sealed under, and how to replace one.',
    administrator: true,
  },
  {
    title: 'Deployment checks',
    href: '/console/settings/checks',
    what: 'Whether this deployment is set up as it should be, and what to do where it isn’t.',
    administrator: true,
  },
];

/** `/console/settings`: what can be set, and where. */
export const settingsPages = new Hono<ConsoleEnv>().get('/console/settings', (c) =>
  consolePage(
    c,
    { title: 'Settings', section: 'settings' },
    <ul class="places">
      {places
        .filter(({ administrator }) => !administrator || c.var.isAdministrator)
        .map(({ title, href, what }) => (
          <li>
            <a href={href}>
              {title}
              <span>{what}</span>
            </a>
          </li>
        ))}
    </ul>,
  ),
);
