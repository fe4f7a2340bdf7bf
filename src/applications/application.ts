import * as z from 'zod/mini';
import type { applicationSecrets, applications } from '../db/schema.ts';
import type { Config } from '../env.ts';
import type { Fault } from '../errors.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { shownDate, shownId } from '../openapi/fields.ts';
import { refuseUrl } from '../outbound/allowed-url.ts';
import { givenName } from '../validation.ts';

export type Application = typeof applications.$inferSelect;
export type ApplicationSecret = Pick<typeof applicationSecrets.$inferSelect, 'id' | 'hint' | 'createdAt'>;

/** Stands for PUBLIC_URL in an application's origins, so that nothing stored contains it. */
export const selfOrigin = 'self';

const fields = {
  name: givenName,
  origins: z.array(z.string().check(z.maxLength(300))).check(z.maxLength(50)),
  returnUrls: z.array(z.string().check(z.maxLength(2048))).check(z.maxLength(50)),
  logo: z.nullable(z.string().check(z.maxLength(2048))),
  test: z.boolean(),
};

export const createApplicationBody = z.strictObject({
  name: fields.name,
  origins: fields.origins,
  returnUrls: z._default(fields.returnUrls, []),
  logo: z._default(fields.logo, null),
  test: z._default(fields.test, false),
});

export const patchApplicationBody = z.strictObject({
  name: z.optional(fields.name),
  origins: z.optional(fields.origins),
  returnUrls: z.optional(fields.returnUrls),
  logo: z.optional(fields.logo),
  test: z.optional(fields.test),
});

const secretSchema = z
  .object({
    id: shownId,
    hint: z
      .string()
      .register(z.globalRegistry, apiDocs({ description: 'The secret’s last four characters.' })),
    created: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'ClientSecret' }));

export const newSecretSchema = z
  .extend(secretSchema, { clientSecret: z.string() })
  .register(z.globalRegistry, apiDocs({ id: 'NewClientSecret' }));

export const applicationSchema = z
  .object({
    clientId: shownId,
    name: z.string(),
    origins: z.array(z.string()),
    returnUrls: z.array(z.string()),
    logo: z.nullable(z.string()),
    test: z.boolean(),
    secrets: z.array(secretSchema),
    created: shownDate,
    updated: shownDate,
  })
  .register(z.globalRegistry, apiDocs({ id: 'Application' }));

export const newApplicationSchema = z
  .extend(applicationSchema, { clientSecret: z.string() })
  .register(z.globalRegistry, apiDocs({ id: 'NewApplication' }));

/** Checks what a schema can't: each origin is exactly one, each return URL may be redirected to. */
export function applicationFaults(body: unknown, config: Config): Fault[] {
  const { origins, returnUrls, logo } = (body ?? {}) as Record<string, unknown>;
  const faultsIn = (path: string, list: unknown, faultOf: (text: string, config: Config) => string | null) =>
    (Array.isArray(list) ? list : []).flatMap((entry: unknown, index) => {
      const message = typeof entry === 'string' ? faultOf(entry, config) : null;
      return message ? [{ path: `${path}.${index}`, message }] : [];
    });
  const logoUrl = typeof logo === 'string' ? URL.parse(logo) : null;
  const reason = logoUrl
    ? refuseUrl(logoUrl, config)
    : typeof logo === 'string'
      ? 'must be an absolute URL'
      : null;
  return [
    ...faultsIn('origins', origins, originFault),
    ...faultsIn('returnUrls', returnUrls, returnUrlFault),
    ...(reason ? [{ path: 'logo', message: reason }] : []),
  ];
}

function originFault(origin: string, config: Config): string | null {
  const url = URL.parse(origin);
  if (!url || url.origin !== origin)
    return 'must be an origin: scheme, host and port, such as https://shop.example.com';
  if (origin === config.publicUrl.origin) return null;
  return refuseUrl(url, config);
}

function returnUrlFault(returnUrl: string, config: Config): string | null {
  const url = URL.parse(returnUrl);
  if (!url) return 'must be an absolute URL';
  if (url.hash) return 'must not have a fragment: the result is put there';
  if (url.origin === config.publicUrl.origin) return null;
  return refuseUrl(url, config);
}

/** The origins a run may start from. */
export function originsOf(application: Pick<Application, 'origins'>, config: Config): string[] {
  return application.origins.map((origin) => (origin === selfOrigin ? config.publicUrl.origin : origin));
}

/** An application on the wire. */
export function presentApplication(application: Application, secrets: ApplicationSecret[], config: Config) {
  return {
    clientId: application.id,
    name: application.name,
    origins: originsOf(application, config),
    returnUrls: application.returnUrls,
    logo: application.logo,
    test: application.test,
    secrets: secrets.map(presentSecret),
    created: new Date(application.createdAt).toISOString(),
    updated: new Date(application.updatedAt).toISOString(),
  };
}

/** A client secret on the wire: never the secret. */
export function presentSecret(secret: ApplicationSecret) {
  return { id: secret.id, hint: secret.hint, created: new Date(secret.createdAt).toISOString() };
}
