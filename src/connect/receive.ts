import { identifyAccount, type RemoteAccount } from '../calls/metadata.ts';
import type { AppEnv } from '../context.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError } from '../outbound/outbound.ts';
import { isHostInMetadata, learnApiHost, offerAt } from '../sources/host-values.ts';
import type { OAuthOffer, Offer } from '../sources/offer.ts';
import { type Described, describeFailure, describeOutboundError } from './failure.ts';
import { obtainTokens } from './obtain-tokens.ts';
import type { AuthorizationState } from './state.ts';

/** What an authorization brought: tokens and whose they are, or why it brought none. */
export type Received = ({ ok: true } & Brought) | { ok: false; failure: Described };

/** What a user let us have. */
export interface Brought {
  /** At the hosts that it is for. */
  offer: Offer;
  hostValues: Record<string, string> | null;
  tokens: TokenSet;
  account: RemoteAccount;
}

/**
 * Trades a callback that is ours alone for tokens, and learns whose they are. Nothing is stored here.
 *
 * @param offer at the hosts that the state says
 */
export async function receive(
  parts: AppEnv['Variables'],
  offer: OAuthOffer,
  state: AuthorizationState,
  params: URLSearchParams,
): Promise<Received> {
  try {
    const obtained = await obtainTokens(parts, offer, state, params);
    if (!obtained.ok) return { ok: false, failure: describeFailure(obtained.failure) };
    const { tokens, kept, hostValues } = obtained;
    const { definition } = offer.source;
    const early = isHostInMetadata(definition) ? await identifyAccount(parts, offer, tokens, kept) : null;
    const learned = learnApiHost(definition, hostValues, tokens.extra, kept, early?.known);
    if (!learned.ok) return { ok: false, failure: unknownHost };
    const at = offerAt(offer, learned.values);
    const account = early ?? (await identifyAccount(parts, at, tokens, kept));
    return { ok: true, offer: at, hostValues: learned.values, tokens, account };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { ok: false, failure: describeOutboundError(error) };
  }
}

const unknownHost: Described = {
  result: 'failed',
  error: 'provider_error',
  errorDescription: 'The provider did not say where this account’s data is. Nothing was connected.',
};

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
