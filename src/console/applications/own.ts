import type { Context } from 'hono';
import type * as z from 'zod/mini';
import type { applicationSchema } from '../../applications/application.ts';
import { Failure, type Fault, notFound } from '../../errors.ts';
import { normalizeId } from '../../validation.ts';
import { type ApiAnswer, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';

/** An application as the API shows it. */
export type ShownApplication = z.output<typeof applicationSchema>;

export const applicationsPath = '/console/applications';

/** Where the pages of an application are. */
export function pathOf({ clientId }: Pick<ShownApplication, 'clientId'>): string {
  return `${applicationsPath}/${clientId}`;
}

/**
 * The application of `:clientId`, which must be the account's.
 *
 * @throws Failure `not_found`
 */
export function ownApplication(c: Context<ConsoleEnv>): Promise<ShownApplication> {
  const id = normalizeId(c.req.param('clientId') ?? '');
  if (!id) throw notFound('application');
  return requireApi<ShownApplication>(c, 'GET', `/applications/${id}`);
}

/** Whose offers they are. */
export function holderOf(c: Context<ConsoleEnv>, { clientId, test }: ShownApplication) {
  return { id: clientId, developerId: c.var.caller.developerId, test };
}

/**
 * What a form is told that the API refused.
 *
 * @throws Failure where nothing of it belongs beside a field
 */
export function detailsOf(refused: Extract<ApiAnswer<unknown>, { ok: false }>): Fault[] {
  const { details, error, message, status } = refused;
  if (details.length === 0) throw new Failure(error, message, { status });
  return details;
}
