import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { AppEnv } from '../../context.ts';
import { Form } from '../frame/form.tsx';
import { type FormState, readForm } from '../frame/form-state.ts';
import { outsidePage } from '../frame/page.tsx';
import { keepInvitation, openInvitation } from './invitation-cookie.ts';
import { CodeField } from './page.tsx';

/** `/console/invitation`: where an invitation's link leads. Opening it does nothing; the button does. */
export const invitationPages = new Hono<AppEnv>()
  .get('/console/invitation', (c) => invitationPage(c))
  .post('/console/invitation', async (c) => {
    const { code = '' } = await readForm(c);
    const secret = code.trim();
    if (await openInvitation(c, secret)) {
      keepInvitation(c, secret);
      return c.redirect('/console/sign-in', 303);
    }
    const error = 'This invitation was used, withdrawn, or is older than seven days. Ask for another one.';
    return invitationPage(c, { values: {}, errors: { code: error } });
  });

function invitationPage(c: Context<AppEnv>, form?: FormState): Promise<Response> {
  return outsidePage(
    c,
    { title: 'You are invited', status: form ? 400 : 200 },
    <Form action="/console/invitation" submit="Go on to sign in" {...(form ? { form } : {})}>
      <CodeField
        explanation="What follows the # in the link you were given. It is good once."
        {...(form ? { form } : {})}
      />
    </Form>,
  );
}
