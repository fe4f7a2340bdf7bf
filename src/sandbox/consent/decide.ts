import { accounts } from '../accounts.ts';
import { type Consent, takeAsked } from '../grants.ts';
import { decideOAuth1 } from '../oauth1/authorize.ts';
import { decideOAuth2 } from '../oauth2/authorize.ts';
import { type Parameters, readForm } from '../parameters.ts';
import type { SandboxContext } from '../provider.ts';
import { scenarios } from '../scenarios.ts';
import { showProblem } from './problem-page.tsx';

/**
 * POST: what the person decided on the consent page. Its hidden field names the request, and is good once: it is
 * what a form on somebody else's page doesn't have.
 */
export async function decide(c: SandboxContext): Promise<Response> {
  const { sandbox } = c.var;
  const form = await readForm(c);
  const consent = form && form.repeated.length === 0 ? readDecision(form) : undefined;
  if (!form || consent === undefined) {
    return showProblem(c, 'That was not a decision', 'The form that arrived is not one this page sends.');
  }
  const asked = await takeAsked(sandbox.db, sandbox.now(), form.get('pending') ?? '');
  const location =
    asked?.protocol === 'oauth2'
      ? await decideOAuth2(sandbox, asked, consent)
      : asked && (await decideOAuth1(sandbox, asked, consent));
  if (!location) {
    return showProblem(
      c,
      'This page has been used',
      'It was decided on already, or is older than 10 minutes.',
    );
  }
  c.header('Cache-Control', 'no-store');
  return c.redirect(location, 302);
}

/** The consent, null where it was denied, undefined where the form makes no sense. */
function readDecision(form: Parameters): Consent | null | undefined {
  const decision = form.get('decision');
  if (decision === 'deny') return null;
  const account = accounts.find(({ id }) => id === form.get('account'))?.id;
  const scenario = scenarios.find(({ id }) => id === form.get('scenario'))?.id;
  return decision === 'allow' && account && scenario ? { account, scenario } : undefined;
}
