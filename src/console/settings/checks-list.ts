import { fillText, type Values } from '../../built/blanks.ts';
import type { Config } from '../../env.ts';
import type { Tone } from '../frame/status.tsx';
import type texts from './checks.json';

/** One thing that can be right or wrong with a deployment. */
interface Check {
  title: string;
  tone: Tone;
  /** How it stands, in a word or two. */
  state: string;
  /** What that means. */
  meaning: string;
  /** What to do about it, where something is to be done. */
  remedy?: string;
}

/** A text of `checks.json`: what is checked, and after a dot how it stands. */
type TextName = keyof typeof texts;

/** How checks are put into words, with blanks. */
export type CheckTexts = Record<TextName, Omit<Check, 'tone'> & { tone: string }>;

/** What is known of this deployment beside its configuration. */
export interface Observed {
  config: Config;
  /** Where the request for the page came to. */
  requestOrigin: string;
  /** Somebody signs in to the administrator's account by name. */
  hasAdministrator: boolean;
  /** What of the database this version needs and doesn't find. */
  missing: string[];
  /** The last migration that was applied; null where that isn't known. */
  lastMigration: string | null;
  /** How long the oldest thing is overdue that the schedule cleans up or sends, in milliseconds; null: nothing is. */
  overdueMs: number | null;
}

/** How one thing stands. */
type Standing = [text: TextName, values?: Values];

const minute = 60_000;
/** The schedule runs every minute; a few may be missed. */
const patienceMs = 10 * minute;

/** Checks a deployment. Those that ask for something to be done come first, the worst above all. */
export function checkDeployment(known: CheckTexts, observed: Observed): Check[] {
  const standings = [
    checkAddress(observed),
    checkEncryption(observed),
    checkSandbox(observed),
    checkInsecureHosts(observed),
    checkEncryptionKeys(observed),
    checkAdminToken(observed),
    checkSchedule(observed),
    checkDatabase(observed),
  ];
  const checks = standings.map(([text, values = {}]): Check => {
    const { tone, state, meaning, ...rest } = known[text];
    return {
      ...rest,
      tone: tone as Tone,
      state: fillText(state, values),
      meaning: fillText(meaning, values),
    };
  });
  const rank = { danger: 0, warning: 1, neutral: 2, success: 3 };
  return checks.sort((a, b) => rank[a.tone] - rank[b.tone]);
}

function checkAddress({ config, requestOrigin }: Observed): Standing {
  const { origin } = config.publicUrl;
  return [origin === requestOrigin ? 'address' : 'address.other', { origin, requestOrigin }];
}

function checkEncryption({ config }: Observed): Standing {
  if (config.publicUrl.protocol === 'https:') return ['encryption'];
  return [isLocal(config) ? 'encryption.local' : 'encryption.off'];
}

function checkSandbox({ config }: Observed): Standing {
  if (!config.sandbox) return ['sandbox'];
  return [isLocal(config) ? 'sandbox.local' : 'sandbox.on'];
}

function checkInsecureHosts({ config }: Observed): Standing {
  const hosts = config.insecureHosts.join(', ');
  if (config.insecureHosts.length === 0) return ['insecure_hosts'];
  return [isLocal(config) ? 'insecure_hosts.local' : 'insecure_hosts.some', { hosts }];
}

function checkEncryptionKeys({ config: { encryptionKeys } }: Observed): Standing {
  const typed = encryptionKeys.filter(({ bytes }) => looksTyped(bytes)).map(({ id }) => id);
  if (typed.length > 0) return ['encryption_keys.typed', { typed: typed.join(', ') }];
  const values = { count: encryptionKeys.length, first: encryptionKeys[0].id };
  return [encryptionKeys.length === 1 ? 'encryption_keys' : 'encryption_keys.several', values];
}

function checkAdminToken({ config: { adminToken }, hasAdministrator }: Observed): Standing {
  if (adminToken === null) return [hasAdministrator ? 'admin_token.retired' : 'admin_token.missing'];
  if (new Set(adminToken).size < 12) return ['admin_token.typed'];
  return [hasAdministrator ? 'admin_token.spare' : 'admin_token'];
}

function checkSchedule({ overdueMs }: Observed): Standing {
  if (overdueMs === null || overdueMs <= patienceMs) return ['schedule'];
  return ['schedule.overdue', { minutes: Math.floor(overdueMs / minute) }];
}

function checkDatabase({ missing, lastMigration }: Observed): Standing {
  if (missing.length === 0)
    return [lastMigration === null ? 'database.unlisted' : 'database', { lastMigration }];
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  return ['database.missing', { missing: missing.slice(0, 5).join(', ') + more }];
}

/** Whether this is somebody's own machine. */
function isLocal({ publicUrl: { hostname } }: Config): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1';
}

/** Of sets of 32 random bytes, less than one in 10^13 is all printable, and hardly any has fewer than 20 different ones. */
function looksTyped(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) || new Set(bytes).size < 20;
}
