import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { Source } from '../../sources/source.ts';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { Tabs } from '../frame/tabs.tsx';

/** Where a source's pages are. */
export function sourcePath({ id }: { id: string }): string {
  return `/console/sources/${id}`;
}

interface SourcePage {
  source: Source;
  tab: 'Overview' | 'Definition' | 'Document';
  action?: Child;
  status?: number;
}

/** Answers one of a source's own pages, under its name and beside the others. */
export function answerSourcePage(
  c: Context<ConsoleEnv>,
  { source, tab, action = null, status = 200 }: SourcePage,
  content: Child,
): Promise<Response> {
  const path = sourcePath(source);
  const isOwn = source.developerId === c.var.caller.developerId;
  const tabs = [
    { title: 'Overview', href: path },
    // The sandbox's are what this deployment says they are.
    ...(source.sandbox ? [] : [{ title: 'Definition', href: `${path}/definition` }]),
    { title: 'Document', href: `${path}/document` },
  ];
  return consolePage(
    c,
    {
      title: source.definition.name,
      section: 'sources',
      above: [{ title: 'Data sources', href: '/console/sources' }],
      action,
      status,
    },
    <>
      {isOwn ? <Tabs label={source.definition.name} tabs={tabs} current={tab} /> : null}
      {content}
    </>,
  );
}
