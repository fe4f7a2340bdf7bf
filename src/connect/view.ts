import type { Config } from '../env.ts';
import { logoPath } from '../logos/logos.ts';
import type { Definition } from '../sources/definition.ts';
import { hostValueNames } from '../sources/host-values.ts';
import type { Source } from '../sources/source.ts';
import type { LoadedRun } from './run.ts';

/** What the popup shows of a run. */
export function presentRun(loaded: LoadedRun, config: Config, now: number) {
  const { run, application, offers, granted, existing } = loaded;
  const connected = connectedSources(loaded, false);
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
      credential: credentialAsked(source, config),
      values: hostValuesAsked(source.definition),
      scopes,
      connected: connected.has(source.id),
      connections: existing
        .filter((connection) => connection.sourceId === source.id)
        .map(({ id, name, complete }) => ({ id, name: name ?? '', complete, change: changeOf(loaded, id) })),
    })),
    changed: granted.length > 0,
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

/** What the popup asks for a source's hosts: each place, and the host around it. */
function hostValuesAsked(definition: Definition): { name: string; host: string }[] {
  return hostValueNames(definition).map((name) => {
    const place = `{${name}}`;
    const url = Object.values(definition).find(
      (value) => typeof value === 'string' && value.includes(`${place}.`),
    );
    return { name, host: /^https?:\/\/([^/?#]+)/.exec(String(url))?.[1] ?? place };
  });
}

/** What the popup asks the user to type; null where the user authorizes at the source. */
function credentialAsked({ definition, sandbox }: Source, config: Config) {
  if (definition.type !== 'api_key' && definition.type !== 'basic') return null;
  const { key_help_url: help } = definition;
  const helpUrl = help ? new URL(help, sandbox ? config.publicUrl : undefined).href : null;
  return definition.type === 'api_key'
    ? { keyLabel: definition.key_label ?? null, helpUrl }
    : {
        usernameLabel: definition.username_label ?? null,
        passwordLabel: definition.password_label ?? null,
        helpUrl,
      };
}

/** What the user did to a Connection in this run. */
function changeOf({ granted }: LoadedRun, connectionId: string): 'renewed' | 'disconnected' | null {
  const grant = granted.find((parked) => parked.connectionId === connectionId);
  if (!grant) return null;
  return grant.disconnect ? 'disconnected' : 'renewed';
}

/** The sources that this run connected: an account more, or, where it counts too, one renewed. */
function connectedSources({ granted }: LoadedRun, renewals: boolean): Set<string> {
  const counted = granted.filter((grant) => !grant.disconnect && (renewals || grant.connectionId === null));
  return new Set(counted.map((grant) => grant.sourceId));
}

/** What a run tells its page when it ends: which sources it connected. */
export function presentMetadata(loaded: LoadedRun) {
  const connected = connectedSources(loaded, true);
  return {
    runId: loaded.run.id,
    sources: loaded.offers
      .filter(({ source }) => connected.has(source.id))
      .map(({ source }) => ({ id: source.id, slug: source.slug, name: source.definition.name })),
  };
}

function logoUrl(logoId: string | null, config: Config): string | null {
  const path = logoPath(logoId);
  return path === null ? null : new URL(path, config.publicUrl).href;
}
