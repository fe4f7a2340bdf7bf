import type { Config } from '../../env.ts';
import type { Tone } from '../frame/status.tsx';

/** One thing that can be right or wrong with a deployment. */
export interface Check {
  title: string;
  tone: Tone;
  /** How it stands, in a word or two. */
  state: string;
  /** What that means. */
  meaning: string;
  /** What to do about it; null where nothing is to be done. */
  remedy: string | null;
}

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

const minute = 60_000;
/** The schedule runs every minute; a few may be missed. */
const patienceMs = 10 * minute;

/** Checks a deployment. Those that ask for something to be done come first, the worst above all. */
export function checkDeployment(observed: Observed): Check[] {
  const checks = [
    checkAddress(observed),
    checkEncryption(observed),
    checkSandbox(observed),
    checkInsecureHosts(observed),
    checkEncryptionKeys(observed),
    checkAdminToken(observed),
    checkSchedule(observed),
    checkDatabase(observed),
  ];
  const rank = { danger: 0, warning: 1, neutral: 2, success: 3 };
  return checks.sort((a, b) => rank[a.tone] - rank[b.tone]);
}

function checkAddress({ config, requestOrigin }: Observed): Check {
  const { origin } = config.publicUrl;
  const title = 'Public URL';
  return origin === requestOrigin
    ? {
        title,
        tone: 'success',
        state: 'Right',
        meaning: `You came to ${origin}, which is what PUBLIC_URL says. Redirect URLs are built from it.`,
        remedy: null,
      }
    : {
        title,
        tone: 'danger',
        state: 'Another address',
        meaning: `You came to ${requestOrigin}, and PUBLIC_URL says ${origin}. Providers send users there, and links lead there.`,
        remedy: `Set PUBLIC_URL to the address that users reach this worker at, and register the redirect URLs anew.`,
      };
}

function checkEncryption({ config }: Observed): Check {
  const title = 'HTTPS';
  if (config.publicUrl.protocol === 'https:')
    return {
      title,
      tone: 'success',
      state: 'On',
      meaning: 'Cookies are Secure and bound to this host.',
      remedy: null,
    };
  if (isLocal(config))
    return {
      title,
      tone: 'success',
      state: 'Not needed here',
      meaning: 'This is your own machine: nothing leaves it in the clear.',
      remedy: null,
    };
  return {
    title,
    tone: 'danger',
    state: 'Off',
    meaning: 'Tokens, secrets and cookies cross the network in the clear.',
    remedy: 'Set PUBLIC_URL to an https address.',
  };
}

function checkSandbox({ config }: Observed): Check {
  const title = 'Sandbox';
  if (!config.sandbox)
    return {
      title,
      tone: 'success',
      state: 'Off',
      meaning: 'There is no built-in provider here.',
      remedy: null,
    };
  if (isLocal(config))
    return {
      title,
      tone: 'success',
      state: 'On, as it should be here',
      meaning: 'The built-in provider serves applications that are marked as test.',
      remedy: null,
    };
  return {
    title,
    tone: 'danger',
    state: 'ON IN PRODUCTION',
    meaning:
      'Anybody can sign in at the built-in provider: it says yes to everyone, and its credentials are public. Applications marked as test offer it to their users.',
    remedy: 'Take SANDBOX out of this deployment’s variables, unless it is for trying things out.',
  };
}

function checkInsecureHosts({ config }: Observed): Check {
  const title = 'Insecure hosts';
  const hosts = config.insecureHosts.join(', ');
  if (config.insecureHosts.length === 0)
    return {
      title,
      tone: 'success',
      state: 'None',
      meaning: 'Every URL given to us has to be https, and no address of a network.',
      remedy: null,
    };
  if (isLocal(config))
    return {
      title,
      tone: 'success',
      state: hosts,
      meaning: 'These may be reached over plain http, which is what a machine of your own needs.',
      remedy: null,
    };
  return {
    title,
    tone: 'danger',
    state: hosts,
    meaning:
      'Data sources, webhooks and redirects may name these hosts over plain http, and reach what is behind this worker.',
    remedy: 'Take INSECURE_HOSTS out of this deployment’s variables.',
  };
}

function checkEncryptionKeys({ config: { encryptionKeys } }: Observed): Check {
  const title = 'Sealing keys';
  const typed = encryptionKeys.filter(({ bytes }) => looksTyped(bytes)).map(({ id }) => id);
  return typed.length === 0
    ? {
        title,
        tone: 'success',
        state: encryptionKeys.length === 1 ? 'One key' : `${encryptionKeys.length} keys`,
        meaning: `ENCRYPTION_KEYS looks random. ${encryptionKeys[0].id} seals.`,
        remedy: null,
      }
    : {
        title,
        tone: 'danger',
        state: 'Guessable',
        meaning: `${typed.join(', ')} in ENCRYPTION_KEYS looks typed by somebody, not drawn at random: whoever has the database may guess it.`,
        remedy: 'Put 32 random bytes (openssl rand -base64 32) in front of the list, under a new id.',
      };
}

function checkAdminToken({ config: { adminToken }, hasAdministrator }: Observed): Check {
  const title = 'Administrator’s token';
  if (adminToken === null)
    return hasAdministrator
      ? {
          title,
          tone: 'success',
          state: 'Retired',
          meaning: 'Administrators sign in by name, so that the audit trail tells them apart.',
          remedy: null,
        }
      : {
          title,
          tone: 'danger',
          state: 'Missing',
          meaning: 'Nobody signs in to the administrator’s account by name either.',
          remedy: 'Set ADMIN_TOKEN, sign in with it and invite an administrator.',
        };
  if (new Set(adminToken).size < 12)
    return {
      title,
      tone: 'danger',
      state: 'Guessable',
      meaning: 'ADMIN_TOKEN has few different characters: it was not drawn at random. It opens everything.',
      remedy: 'Set it to 32 random bytes, such as openssl rand -base64 32 gives.',
    };
  return hasAdministrator
    ? {
        title,
        tone: 'warning',
        state: 'Can be retired',
        meaning:
          'An administrator signs in by name. The token still opens everything to whoever has it, and the audit trail can’t say who that was.',
        remedy: 'Once everything that uses it has an API key of its own, delete the secret ADMIN_TOKEN.',
      }
    : {
        title,
        tone: 'neutral',
        state: 'In use',
        meaning: 'It is the only way in as the administrator.',
        remedy: 'Set up a way to sign in, invite an administrator under People, and retire it then.',
      };
}

function checkSchedule({ overdueMs }: Observed): Check {
  const title = 'Schedule';
  if (overdueMs === null || overdueMs <= patienceMs)
    return {
      title,
      tone: 'success',
      state: 'Nothing overdue',
      meaning: 'Every minute events are sent, idle grants refreshed and what has expired is removed.',
      remedy: null,
    };
  const minutes = Math.floor(overdueMs / minute);
  return {
    title,
    tone: 'warning',
    state: `Overdue by ${minutes} minutes`,
    meaning:
      'What the worker does by itself every minute has not been done: events are late, grants that nobody uses are not refreshed, and what has expired stays.',
    remedy: 'See that this deployment has the cron trigger * * * * *, and what its log says of it.',
  };
}

function checkDatabase({ missing, lastMigration }: Observed): Check {
  const title = 'Database';
  return missing.length === 0
    ? {
        title,
        tone: 'success',
        state: 'Up to date',
        meaning: `Everything that this version needs is there${lastMigration === null ? '' : `; the last migration was ${lastMigration}`}.`,
        remedy: null,
      }
    : {
        title,
        tone: 'danger',
        state: 'Migrations missing',
        meaning: `The database lacks ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}: some of what this version does fails.`,
        remedy: 'Run npx wrangler d1 migrations apply DB --remote.',
      };
}

/** Whether this is somebody's own machine. */
function isLocal({ publicUrl: { hostname } }: Config): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1';
}

/** Of sets of 32 random bytes, less than one in 10^13 is all printable, and hardly any has fewer than 20 different ones. */
function looksTyped(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) || new Set(bytes).size < 20;
}
