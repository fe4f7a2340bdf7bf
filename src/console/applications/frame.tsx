import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { Tabs } from '../frame/tabs.tsx';
import { applicationsPath, pathOf, type ShownApplication } from './own.ts';

/** The pages of one application. */
type Tab = 'Overview' | 'Data sources' | 'Try it' | 'Users' | 'Client secrets' | 'Settings';

interface ApplicationPage {
  tab: Tab;
  action?: Child;
  status?: number;
  connect?: boolean;
}

export const aboveApplications = [{ title: 'Applications', href: applicationsPath }];

/** The pages above one of an application's. */
export function aboveIn(application: ShownApplication) {
  return [...aboveApplications, { title: application.name, href: pathOf(application) }];
}

/** Answers one of an application's pages, under their tabs. */
export function applicationPage(
  c: Context<ConsoleEnv>,
  application: ShownApplication,
  { tab, ...page }: ApplicationPage,
  content: Child,
): Promise<Response> {
  const isOverview = tab === 'Overview';
  const frame = {
    ...page,
    section: 'applications' as const,
    title: isOverview ? application.name : tab,
    above: isOverview ? aboveApplications : aboveIn(application),
  };
  const path = pathOf(application);
  const tabs: { title: Tab; href: string }[] = [
    { title: 'Overview', href: path },
    { title: 'Data sources', href: `${path}/sources` },
    { title: 'Try it', href: `${path}/try` },
    { title: 'Users', href: `${path}/users` },
    { title: 'Client secrets', href: `${path}/secrets` },
    { title: 'Settings', href: `${path}/settings` },
  ];
  return consolePage(
    c,
    frame,
    <>
      <Tabs label={application.name} tabs={tabs} current={tab} />
      {content}
    </>,
  );
}
