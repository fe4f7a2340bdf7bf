import { identifyAccount, type RemoteAccount } from '../calls/metadata.ts';
import type { AppEnv } from '../context.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError } from '../outbound/outbound.ts';
import type { Offer } from '../sources/offer.ts';
import { type Described, describeFailure, describeOutboundError } from './failure.ts';
import { obtainTokens } from './obtain-tokens.ts';
import type { AuthorizationState } from './state.ts';

/** What an authorization brought: tokens and whose they are, or why it brought none. */
export type Received =
  | { ok: true; tokens: TokenSet; account: RemoteAccount }
  | { ok: false; failure: Described };

/** Trades a callback that is ours alone for tokens, and learns whose they are. Nothing is stored here. */
export async function receive(
  parts: AppEnv['Variables'],
  offer: Offer,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Received> {
  try {
    const obtained = await obtainTokens(parts, offer, state, params);
    if (!obtained.ok) return { ok: false, failure: describeFailure(obtained.failure) };
    const account = await identifyAccount(parts, offer, obtained.tokens, obtained.kept);
    return { ok: true, tokens: obtained.tokens, account };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { ok: false, failure: describeOutboundError(error) };
  }
}

/**
 * A renewal that came back as somebody else: the old tokens stay. So they do where it can't be learned who it
 * was, since then it could be anybody.
 */
export function refuseOtherAccount(received: Received, offer: Offer, knownAccount: string | null): Received {
  if (!received.ok || knownAccount === null || !offer.source.definition.uniqueness) return received;
  const { uniqueValue } = received.account;
  if (uniqueValue === knownAccount) return received;
  const refuse = (error: string, errorDescription: string) =>
    ({ ok: false, failure: { result: 'failed', error, errorDescription } }) as const;
  return uniqueValue === null
    ? refuse(
        'temporarily_unavailable',
        'The provider did not say which account this was, so nothing was changed.',
      )
    : refuse('account_mismatch', 'This was granted by another account than the one that is connected.');
}
