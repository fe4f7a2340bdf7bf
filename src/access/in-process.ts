import type { Caller } from './api-key.ts';

// The console is a client of the management API, in process: what a person may do there is what the API lets a key of
// their account do, with the same checks, faults and audit trail. The execution context that a call is made with is
// an object of ours that no request can name: it carries who is calling.

interface Holder {
  caller: Caller;
  actor: { id: string; name: string };
}

const holders = new WeakMap<object, Holder>();

/** Makes an execution context whose requests are this holder's, without a credential. */
export function vouchFor(holder: Holder, waitUntil: (work: Promise<unknown>) => void) {
  const context = { waitUntil, passThroughOnException() {}, props: {} };
  holders.set(context, holder);
  return context;
}

/** Who a request was vouched for in process; undefined for all that came from outside. */
export function vouchedHolder(context: object): Holder | undefined {
  return holders.get(context);
}
