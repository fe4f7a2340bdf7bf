import { protocolVersion, readMessage, type ToOpener } from '../protocol.ts';

/** The page that opened this window; null where there is none, or a provider's COOP has severed it. */
const openerWindow = (): Window | null => window.opener;

/** Whether the page that opened this window can be spoken to. */
export const hasOpener = () => openerWindow() !== null;

/** Says something to the opener, if it is there and of that very origin. */
export function say(origin: string, message: ToOpener): void {
  openerWindow()?.postMessage({ trivet: protocolVersion, ...message }, origin);
}

/** Calls back with each message of the opener that comes from that very origin. */
export function listen(origin: string, hear: (message: Record<string, unknown>) => void): void {
  addEventListener('message', (event) => {
    const message = event.source === openerWindow() && event.origin === origin && readMessage(event.data);
    if (message) hear(message);
  });
}

/** The origin a fragment names, if it is one (and not a page's path, or `null`). */
export function readOrigin(text: string | null): string | null {
  return text && /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text ? text : null;
}
