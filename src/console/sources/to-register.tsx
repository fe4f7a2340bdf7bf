import type { Child } from 'hono/jsx';
import { randomId } from '../../crypto/random.ts';
import { normalizeId } from '../../validation.ts';
import { Copyable } from '../frame/secret.tsx';

/** The id that a new source will have: with it, its redirect URL is known before it is made. */
export function givenId(text: string | undefined): string {
  return normalizeId(text ?? '') ?? randomId();
}

/** The redirect URL to register, over the fields for what that gives. */
export function ToRegister({ url, children }: { url: string; children?: Child }) {
  return (
    <div class="field">
      <p class="explanation">
        {children ?? 'Register a client at the provider'} with exactly this redirect URL. It gives you the
        client ID and secret, which you can also enter later.
      </p>
      <Copyable id="redirect-url" label="the redirect URL" text={url} />
    </div>
  );
}
