import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { platformId } from '../../access/api-key.ts';
import { currentSession, endSession, startSession } from '../../access/console-session.ts';
import { admit } from '../../access/sign-in/admit.ts';
import { readAssertion } from '../../access/sign-in/cloudflare-access.ts';
import { beginFlow, endFlow } from '../../access/sign-in/flow.ts';
import type { Identity } from '../../access/sign-in/identity.ts';
import { checkLinkCode } from '../../access/sign-in/link-code.ts';
import type { MethodId } from '../../access/sign-in/method.ts';
import { configuredMethods } from '../../access/sign-in/methods.ts';
import { noteVisit } from '../../access/sign-in/trail.ts';
import type { AppEnv } from '../../context.ts';
import { equalSecrets } from '../../crypto/hash.ts';
import { randomId } from '../../crypto/random.ts';
import { isClaimed, selectClaim, takeClaim } from '../../db/claim.ts';
import { repeatable } from '../../db/repeat.ts';
import type { Config } from '../../env.ts';
import { notFound } from '../../errors.ts';
import { readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { dropInvitation, readInvitation } from './invitation-cookie.ts';
import { linkPage, signInPage } from './page.tsx';
import { takePlace } from './place.ts';

/** `/console/sign-in`: every way in that is configured, and the way out. */
export const signInPages = new Hono<AppEnv>()
  .get('/console/sign-in', async (c) => {
    const invitation = await readInvitation(c);
    if (!invitation && (await currentSession(c))) return c.redirect('/console', 303);
    return signInPage(c, { invitation });
  })
  .post('/console/sign-in/token', async (c) => {
    const { adminToken } = c.var.config;
    if (adminToken === null) throw notFound('way to sign in');
    const { token = '' } = await readForm(c);
    if (!(await equalSecrets(token.trim(), adminToken))) {
      const form = { values: {}, errors: { token: 'This is not the administrator’s token.' } };
      return signInPage(c, { invitation: await readInvitation(c), form });
    }
    return signInAdministrator(c, 'token');
  })
  .get('/console/sign-in/link', (c) => {
    if (c.var.config.adminToken === null) throw notFound('way to sign in');
    return linkPage(c);
  })
  .post('/console/sign-in/link', async (c) => {
    const { code = '' } = await readForm(c);
    if (await spendLinkCode(c, code.trim())) return signInAdministrator(c, 'link');
    const error = 'This link was used before, is older than an hour, or was made with another token.';
    return linkPage(c, { values: {}, errors: { code: error } });
  })
  .get('/console/sign-in/with/:method', async (c) => {
    const { id, method } = findMethod(c.var.config, c.req.param('method'));
    const url = await method.begin(c.var, await beginFlow(c, id));
    c.header('Cache-Control', 'no-store');
    return c.redirect(url.href, 302);
  })
  .get('/console/sign-in/callback/:method', async (c) => {
    const { id, method } = findMethod(c.var.config, c.req.param('method'));
    const params = new URL(c.req.url).searchParams;
    const flow = await endFlow(c, id, params.get('state') ?? '');
    return signInPerson(c, id, await method.finish(c.var, flow, params));
  })
  .post('/console/sign-in/access', async (c) =>
    signInPerson(c, 'access', await readAssertion(c.var, c.req.header('Cf-Access-Jwt-Assertion'))),
  )
  .post('/console/sign-out', async (c) => {
    const session = await currentSession(c);
    await endSession(c);
    if (session)
      await noteVisit(c, session.developerId, session.person, 'signOut', 'session', session.familyId);
    return c.redirect('/console/sign-in', 303);
  });

function findMethod(config: Config, id: string) {
  const found = configuredMethods(config).find((each) => each.id === id);
  if (!found) throw notFound('way to sign in');
  return found;
}

async function signInAdministrator(c: Context<AppEnv>, by: 'token' | 'link'): Promise<Response> {
  await startSession(c, { developerId: platformId, personId: null });
  await noteVisit(c, platformId, null, 'signIn', 'sign_in_method', by);
  return c.redirect(takePlace(c), 303);
}

async function signInPerson(
  c: Context<AppEnv>,
  by: MethodId | 'access',
  identity: Identity,
): Promise<Response> {
  const invitation = await readInvitation(c);
  const admitted = await admit(c, identity, invitation?.id ?? null);
  const { id: personId, developerId } = admitted;
  await startSession(c, { developerId, personId });
  await noteVisit(c, developerId, admitted, 'signIn', 'sign_in_method', by);
  if (invitation) dropInvitation(c);
  if (admitted.invitationKept)
    return goTo(c, '/console', 'You have an account here already. The invitation was not used.', 'warning');
  return c.redirect(takePlace(c), 303);
}

/** Whether the code is one of ours, and this request is the one that has it. */
async function spendLinkCode({ var: { config, db, now } }: Context<AppEnv>, code: string): Promise<boolean> {
  const nonce = config.adminToken && (await checkLinkCode(config.adminToken, code, now()));
  if (!nonce) return false;
  const claim = { id: `console-link:${nonce}`, claimedBy: randomId(), now: now() };
  const [, rows] = await repeatable(async () => db.batch([takeClaim(db, claim), selectClaim(db, claim.id)]));
  return isClaimed(rows, claim.claimedBy);
}
