import { addToQuery } from '../endpoint-query.ts';
import { type Credentials, signRequest } from './authorization-header.ts';
import type { SignatureMethod } from './sign.ts';

/** How a credentials endpoint wants to be called. */
export interface CredentialsCall {
  /** Absolute; its own query is kept, and signed. */
  endpoint: string;
  credentials: Credentials;
  signatureMethod: SignatureMethod;
  /** Seconds. */
  timestamp: number;
  nonce: string;
  /** `POST` by RFC 5849 §2.1 and §2.3. */
  method?: 'POST' | 'GET' | undefined;
  /** Further parameters, such as a scope: in the body, with `GET` in the query. */
  params?: Record<string, string> | undefined;
}

/**
 * A signed request for credentials, temporary or token ones, with the given protocol parameters.
 * Redirects are never followed: the signature holds for this URL alone.
 */
export async function credentialsRequest(
  call: CredentialsCall,
  protocolParameters: Record<string, string>,
): Promise<Request> {
  const { credentials, signatureMethod, timestamp, nonce, method = 'POST', params = {} } = call;
  const url = addToQuery(call.endpoint, method === 'GET' ? params : {}).href;
  const form = method === 'POST' ? new URLSearchParams(params).toString() : '';
  const formBody = form === '' ? undefined : form;
  const authorization = await signRequest({
    method,
    url,
    formBody,
    credentials,
    signatureMethod,
    timestamp,
    nonce,
    extra: protocolParameters,
  });
  const headers = new Headers({ authorization });
  if (formBody === undefined) return new Request(url, { method, headers, redirect: 'manual' });
  headers.set('content-type', 'application/x-www-form-urlencoded');
  return new Request(url, { method, headers, body: formBody, redirect: 'manual' });
}
