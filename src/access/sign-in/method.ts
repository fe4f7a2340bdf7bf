import type { AppEnv } from '../../context.ts';
import type { Identity } from './identity.ts';

/** Who has pages to sign in at. */
export type MethodId = 'github' | 'google' | 'microsoft' | 'oidc';

/** What a sign-in at somebody else's pages has to remember. */
export interface Flow {
  method: MethodId;
  state: string;
  nonce: string;
  codeVerifier: string;
  expiresAt: number;
}

/** Signing in at somebody else's pages. */
export interface SignInMethod {
  /** Whose pages: "Continue with …". */
  label: string;
  /**
   * Where to send the browser.
   *
   * @throws Failure where nobody says
   */
  begin(parts: AppEnv['Variables'], flow: Flow): Promise<URL>;
  /**
   * Makes of what the browser brought back who the person is.
   *
   * @param params of the callback, whose `state` has been found to be this flow's
   * @throws Failure where it doesn't hold
   */
  finish(parts: AppEnv['Variables'], flow: Flow, params: URLSearchParams): Promise<Identity>;
}
