import type { Config } from '../env.ts';
import { logoPath } from '../logos/logos.ts';
import type { LoadedRun } from './run.ts';

/** What the popup shows of a run. */
export function presentRun({ run, application, offers, granted }: LoadedRun, config: Config, now: number) {
  const connected = new Set(granted.map((grant) => grant.sourceId));
  const outcomeSource = offers.find((offer) => offer.source.id === run.lastOutcome?.sourceId)?.source;
  const expired = run.status === 'open' && run.expiresAt <= now;
  return {
    run: {
      id: run.id,
      delivery: run.delivery,
      status: expired ? 'exited' : run.status,
      origin: run.origin,
      expiresAt: new Date(run.expiresAt).toISOString(),
      locale: run.locale,
    },
    application: {
      name: application.name,
      logo: logoUrl(application.logoId, config),
      test: application.test,
    },
    sources: offers.map(({ source, scopes }) => ({
      id: source.id,
      slug: source.slug,
      name: source.definition.name,
      logo: logoUrl(source.logoId, config),
      type: source.definition.type,
      scopes,
      connected: connected.has(source.id),
    })),
    changed: connected.size > 0,
    outcome:
      run.lastOutcome && outcomeSource
        ? {
            source: { id: outcomeSource.id, name: outcomeSource.definition.name },
            result: run.lastOutcome.result,
            ...(run.lastOutcome.error ? { error: run.lastOutcome.error } : {}),
            ...(run.lastOutcome.errorDescription
              ? { error_description: run.lastOutcome.errorDescription }
              : {}),
            request_id: run.lastOutcome.requestId,
          }
        : null,
  };
}

/** What a run tells its page when it ends: which sources it connected. */
export function presentMetadata({ run, offers, granted }: LoadedRun) {
  const connected = new Set(granted.map((grant) => grant.sourceId));
  return {
    runId: run.id,
    sources: offers
      .filter(({ source }) => connected.has(source.id))
      .map(({ source }) => ({ id: source.id, slug: source.slug, name: source.definition.name })),
  };
}

function logoUrl(logoId: string | null, config: Config): string | null {
  const path = logoPath(logoId);
  return path === null ? null : new URL(path, config.publicUrl).href;
}
