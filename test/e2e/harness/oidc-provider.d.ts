/** As much of the package's interface as the tests use; it comes without types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  /** Koa's, with what the provider adds. */
  export interface OidcContext {
    oidc?: { route: string };
    body: { id_token?: string };
  }

  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback(): RequestListener;
    use(middleware: (context: OidcContext, next: () => Promise<void>) => Promise<void>): void;
    Client: { find(id: string): Promise<object> };
    IdToken: new (
      claims: object,
      of: { ctx: OidcContext; client: object },
    ) => {
      scope: string;
      set(claim: string, value: unknown): void;
      issue(options: { use: 'idtoken' }): Promise<string>;
    };
  }
}
