import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { AppEnv } from '../../context.ts';
import { Page } from '../../page/page.tsx';
import { pageSecurity } from '../../page/security.ts';
import type { ConsoleEnv } from '../env.ts';
import { NoticeBox, takeNotice } from './notice.tsx';
import { Brand, Rail, type Section } from './rail.tsx';

interface ConsolePage {
  /** The page's heading, and the window's title. */
  title: string;
  /** The part of the console that it belongs to. */
  section: Section;
  /** What people come here to do: a link or a form with one button. */
  action?: Child;
  /** The pages above this one, from the top. */
  above?: { title: string; href: string }[];
  /** 200 by default; a form with faults is 400. */
  status?: number;
  /** The page's own scripts talk to us. */
  connect?: boolean;
  /** A further script, at its address. */
  script?: string;
}

/** Answers a page of the console in its frame: rail, title with its action, the notice that waits, the content. */
export function consolePage(c: Context<ConsoleEnv>, page: ConsolePage, content: Child): Promise<Response> {
  consoleSecurity(c, page.connect);
  const { title, section, action = null, above = [] } = page;
  const notice = takeNotice(c);
  return c.html(
    <Page title={title} stylesheet="/assets/console.css">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Rail section={section} session={c.var.session} isAdministrator={c.var.isAdministrator} />
      <main id="content" tabindex={-1}>
        {above.length > 0 ? (
          <nav class="above" aria-label="Above this page">
            {above.map(({ title: name, href }) => (
              <a href={href}>{name}</a>
            ))}
          </nav>
        ) : null}
        <header class="title">
          <h1>{title}</h1>
          {action}
        </header>
        {notice ? <NoticeBox {...notice} /> : null}
        {content}
      </main>
      <script src="/assets/console.js" type="module" />
      {page.script ? <script src={page.script} type="module" /> : null}
    </Page>,
    (page.status ?? 200) as 200,
  ) as Promise<Response>;
}

/** Answers a page for people who aren't signed in: one card under the mark. */
export function outsidePage<Env extends AppEnv>(
  c: Context<Env>,
  { title, status = 200 }: { title: string; status?: number },
  content: Child,
): Promise<Response> {
  consoleSecurity(c);
  return c.html(
    <Page title={title} stylesheet="/assets/console.css">
      <main class="outside">
        <Brand />
        <div class="card">
          <h1>{title}</h1>
          {content}
        </div>
      </main>
      <script src="/assets/console.js" type="module" />
    </Page>,
    status as 200,
  ) as Promise<Response>;
}

function consoleSecurity<Env extends AppEnv>(c: Context<Env>, connect = false): void {
  pageSecurity(c as unknown as Context<AppEnv>, { formAction: "'self'", connect });
  // Popups stay: a page that tries Connect has to hear from it.
  c.header('Cross-Origin-Opener-Policy', 'same-origin-allow-popups');
}
