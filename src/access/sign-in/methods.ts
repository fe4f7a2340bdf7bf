import type { Config } from '../../env.ts';
import { githubMethod } from './github.ts';
import { googleMethod } from './google.ts';
import { issuerMethod } from './issuer.ts';
import type { MethodId, SignInMethod } from './method.ts';
import { microsoftMethod } from './microsoft.ts';

const makers: [MethodId, (config: Config) => SignInMethod | null][] = [
  ['github', githubMethod],
  ['google', googleMethod],
  ['microsoft', microsoftMethod],
  ['oidc', issuerMethod],
];

/** The methods that are configured, in the order they are offered. */
export function configuredMethods(config: Config): { id: MethodId; method: SignInMethod }[] {
  return makers.flatMap(([id, make]) => {
    const method = make(config);
    return method ? [{ id, method }] : [];
  });
}
