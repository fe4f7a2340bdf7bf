import { parseArgs } from 'node:util';

export interface StartOptions {
  port: number;
  /** Vars for the worker: ours, then the user's, which win. */
  vars: Record<string, string>;
  /** What `wrangler dev` is started with. */
  devArgs: string[];
  /** What the migrations share with it, so that both open the same database. */
  migrationArgs: string[];
}

/** The command can't be run as given. The message names the variable or argument. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Joins our defaults with the user's own arguments for `wrangler dev`, which win.
 *
 * @throws UsageError where the port is none
 */
export function readStartOptions(args: string[], environment: NodeJS.ProcessEnv): StartOptions {
  // Not strict: every other argument is wrangler's to understand.
  const { values } = parseArgs({
    args,
    strict: false,
    options: {
      port: { type: 'string' },
      ip: { type: 'string' },
      'inspector-port': { type: 'string' },
      'persist-to': { type: 'string' },
    },
  });
  const given = typeof values.port === 'string' ? values.port : undefined;
  const port = readPort(given ?? environment.PORT ?? '8787', given === undefined ? 'PORT' : '--port');
  const persistTo = typeof values['persist-to'] === 'string' ? values['persist-to'] : undefined;
  const ours: Record<string, string> = {
    PUBLIC_URL: `http://localhost:${port}`,
    SANDBOX: 'true',
    INSECURE_HOSTS: 'localhost,127.0.0.1',
  };
  const theirs = givenVars(args);
  const added = Object.entries(ours).filter(([name]) => theirs[name] === undefined);
  return {
    port,
    vars: { ...ours, ...theirs },
    devArgs: [
      ...(given === undefined ? ['--port', String(port)] : []),
      ...(values.ip === undefined ? ['--ip', 'localhost'] : []),
      // Two starts at once would collide on the inspector's usual port.
      ...(values['inspector-port'] === undefined ? ['--inspector-port', '0'] : []),
      ...added.flatMap(([name, value]) => ['--var', `${name}:${value}`]),
      ...args,
    ],
    migrationArgs: persistTo === undefined ? [] : ['--persist-to', persistTo],
  };
}

function readPort(text: string, name: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new UsageError(`${name} must be a port between 1 and 65535, not "${text}".`);
  }
  return port;
}

/** The variables in `--var A:1 B:2 --var=C:3`, as wrangler reads them. */
function givenVars(args: string[]): Record<string, string> {
  const vars: Record<string, string> = {};
  let inList = false;
  for (const arg of args) {
    const text = arg.startsWith('--var=') ? arg.slice('--var='.length) : arg;
    const separator = text.indexOf(':');
    if (arg === '--var') inList = true;
    else if (arg.startsWith('-') && text === arg) inList = false;
    else if ((inList || text !== arg) && separator > 0)
      vars[text.slice(0, separator)] = text.slice(separator + 1);
  }
  return vars;
}
