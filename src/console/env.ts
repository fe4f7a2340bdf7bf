import type { ExecutionContext } from 'hono';
import type { CallerEnv } from '../access/api-key.ts';
import type { ConsoleSession } from '../access/console-session.ts';

/** Hono's environment behind `requireSession`: the person may do what an unrestricted API key of the account may. */
export interface ConsoleEnv extends CallerEnv {
  Variables: CallerEnv['Variables'] & {
    session: ConsoleSession;
    isAdministrator: boolean;
    /** The whole service, in process. */
    fetchOwn: (request: Request, context: ExecutionContext) => Promise<Response>;
  };
}
