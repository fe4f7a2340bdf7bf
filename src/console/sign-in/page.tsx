import type { Context } from 'hono';
import { configuredMethods } from '../../access/sign-in/methods.ts';
import type { AppEnv } from '../../context.ts';
import { Field, Form } from '../frame/form.tsx';
import type { FormState } from '../frame/form-state.ts';
import { outsidePage } from '../frame/page.tsx';
import type { Invitation } from './invitation-cookie.ts';

interface SignInProps {
  invitation: Invitation | null;
  /** The token that came back. */
  form?: FormState;
}

/** Answers the sign-in page: the ways in that this deployment has. */
export function signInPage(c: Context<AppEnv>, { invitation, form }: SignInProps): Promise<Response> {
  const { config } = c.var;
  const methods = configuredMethods(config);
  const { access } = config.signIn;
  const others = methods.length > 0 || access !== null;
  return outsidePage(
    c,
    { title: invitation ? 'Accept the invitation' : 'Sign in', status: form ? 401 : 200 },
    <>
      {invitation ? <InvitationText {...invitation} /> : null}
      {others ? (
        <div class="methods">
          {access ? (
            <form method="post" action="/console/sign-in/access">
              <button type="submit" class="button">
                Continue with Cloudflare Access
              </button>
            </form>
          ) : null}
          {methods.map(({ id, method }) => (
            <a class="button quiet" href={`/console/sign-in/with/${id}`}>
              Continue with {method.label}
            </a>
          ))}
        </div>
      ) : null}
      {config.adminToken === null || invitation ? null : (
        <>
          {others ? <p class="or">or</p> : null}
          <Form action="/console/sign-in/token" submit="Sign in" {...(form ? { form } : {})}>
            <Field
              name="token"
              label="Administrator’s token"
              explanation={
                <>
                  The secret <code>ADMIN_TOKEN</code> of this deployment. Locally it is in{' '}
                  <code>.dev.vars</code>, and <code>npm start</code> prints a link that needs no typing.
                </>
              }
              type="password"
              autocomplete="current-password"
              {...(form ? { form } : {})}
            />
          </Form>
        </>
      )}
      {others || (config.adminToken !== null && !invitation) ? null : (
        <p>
          This deployment has no way to sign in yet. Its administrator can set one up:{' '}
          <code>ADMIN_TOKEN</code>, or the credentials of GitHub, Google, Microsoft, an OpenID issuer or
          Cloudflare Access.
        </p>
      )}
    </>,
  );
}

/** Answers the page that a one-time link leads to. Its code is in the fragment, which no server and no log sees. */
export function linkPage(c: Context<AppEnv>, form?: FormState): Promise<Response> {
  return outsidePage(
    c,
    { title: 'Sign in with a link', status: form ? 401 : 200 },
    <Form action="/console/sign-in/link" submit="Sign in" {...(form ? { form } : {})}>
      <CodeField
        explanation="What follows the # in the link. It is good once, for an hour."
        {...(form ? { form } : {})}
      />
    </Form>,
  );
}

/** The field for the code of a link; our script fills it from the fragment. */
export function CodeField({ explanation, form }: { explanation: string; form?: FormState }) {
  return (
    <div data-from-fragment>
      <Field name="code" label="Code" explanation={explanation} mono {...(form ? { form } : {})} />
    </div>
  );
}

function InvitationText({ invitedBy, account }: Invitation) {
  return (
    <p>
      <strong>{invitedBy}</strong> invites you{' '}
      {account === null ? (
        'to have a developer account here'
      ) : (
        <>
          into the account <strong>{account}</strong>
        </>
      )}
      . Sign in to accept: that is who you will be here.
    </p>
  );
}
