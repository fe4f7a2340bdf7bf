import type { Context } from 'hono';
import { dropOwnCookie, readOwnCookie, setOwnCookie } from '../../access/own-cookie.ts';
import type { AppEnv } from '../../context.ts';
import { base64url, fromBase64url, utf8 } from '../../crypto/encoding.ts';

const tones = ['success', 'warning', 'danger'] as const;

interface Notice {
  tone: (typeof tones)[number];
  text: string;
}

const cookieName = 'trivet-console-notice';
const keptSeconds = 60;

/**
 * Sends the browser to another page of the console, which says what was done. Never a secret: the text is in a cookie
 * for as long as that takes.
 */
export function goTo<Env extends AppEnv>(
  c: Context<Env>,
  path: string,
  text: string,
  tone: Notice['tone'] = 'success',
): Response {
  setOwnCookie(c, cookieName, base64url(utf8(JSON.stringify({ tone, text }))), keptSeconds);
  return c.redirect(path, 303);
}

/** The notice that waits for this browser, which has it once. */
export function takeNotice<Env extends AppEnv>(c: Context<Env>): Notice | null {
  const value = readOwnCookie(c, cookieName);
  if (value === undefined) return null;
  dropOwnCookie(c, cookieName);
  try {
    const { tone, text } = JSON.parse(new TextDecoder().decode(fromBase64url(value)));
    return typeof text === 'string' && tones.includes(tone) ? { tone, text } : null;
  } catch {
    return null;
  }
}

/** Something to know before anything else on the page. */
export function NoticeBox({ tone, text }: Notice) {
  return (
    <div class={`notice ${tone}`} role={tone === 'success' ? 'status' : 'alert'}>
      <p>{text}</p>
    </div>
  );
}
