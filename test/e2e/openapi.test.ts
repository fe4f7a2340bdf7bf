import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { generateSource } from 'oazapfts';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { useBrowser } from './harness/browser-test.ts';

const directory = resolve('test-output/openapi');
const documentFile = resolve(directory, 'openapi.json');
const test = useBrowser();
let text = '';

beforeAll(async () => {
  text = await (await fetch(`${inject('worker').origin}/openapi.json`)).text();
  await mkdir(directory, { recursive: true });
  await writeFile(documentFile, text);
});

/** What Redocly's recommended rules have to say. */
async function lint(source: string): Promise<string[]> {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      // /healthz and /openapi.json can't be asked wrongly.
      'operation-4xx-response': 'off',
      // This worker is on localhost.
      'no-server-example.com': 'off',
    },
  });
  const problems = await lintFromString({ source, config, absoluteRef: documentFile });
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
}

describe('the OpenAPI document', () => {
  it('passes a public linter', async () => {
    expect(await lint(text)).toEqual([]);
  });

  it('would not pass it with a fault', async () => {
    expect((await lint(text.replace('"in":"path"', '"in":"nowhere"'))).join()).toContain('struct');
    expect((await lint(text.replace('"name":"clientId"', '"name":"id"'))).join()).toContain('path-param');
    expect((await lint(text.replaceAll('/schemas/Id"', '/schemas/Ids"'))).join()).toContain(
      'no-unresolved-refs',
    );
  });

  it('names what is served beside the worker, too', async () => {
    const { origin } = inject('worker');
    const { paths } = JSON.parse(text) as { paths: Record<string, unknown> };
    for (const [path, type] of [
      ['/connect', 'text/html'],
      ['/connect.js', 'text/javascript'],
      ['/connect.mjs', 'text/javascript'],
    ] as const) {
      expect(paths).toHaveProperty([path]);
      expect((await fetch(origin + path)).headers.get('content-type')).toContain(type);
    }
  });
});

/** The server of somebody who integrates the redirect flow: `visit` stands for the user and their browser. */
const program = `
import { ok } from '@oazapfts/runtime';
import { createConnection, defaults, getConnection, listSources, redeemConnection } from './client.ts';

export async function connect(
  { url, key }: { url: string; key: string },
  slug: string,
  redirectUrl: string,
  visit: (url: string) => Promise<URL>,
): Promise<{ id: string; complete: boolean; accessToken: string | undefined }> {
  defaults.baseUrl = url;
  defaults.headers = { Authorization: \`Bearer \${key}\` };
  const source = (await ok(listSources({ limit: 1000 }))).find((each) => each.slug === slug);
  if (source?.type !== 'oauth2') throw new TypeError(slug);
  const made = await ok(createConnection(source.id, { redirect_url: redirectUrl, scopes: source.scopes, confirm: true }));
  const final = await visit(made.redirectUrl);
  const code = final.searchParams.get('connection_code') ?? '';
  const redeemed = await ok(redeemConnection({ connection_code: code }));
  // Another test may have connected the same account: then that Connection has the fresh tokens.
  const connection = await ok(getConnection(redeemed.existing_connection_id ?? redeemed.connection_id));
  return {
    id: connection.id,
    complete: connection.auth.status.complete,
    accessToken: connection.auth.data.access_token,
  };
}
`;

/** Type-checks a program beside the generated client. Gives the compiler's complaints. */
async function compile(name: string, source: string): Promise<string> {
  const file = resolve(directory, name);
  await writeFile(file, source);
  const options = [
    '--strict',
    '--target',
    'es2024',
    '--lib',
    'es2024,dom',
    '--module',
    'esnext',
    '--skipLibCheck',
  ];
  const resolution = [
    '--moduleResolution',
    'bundler',
    '--allowImportingTsExtensions',
    '--noEmit',
    '--types',
    'node',
  ];
  // By itself: the repository's own tsconfig.json is not this program's.
  const compiler = [
    resolve('node_modules/typescript/bin/tsc'),
    '--ignoreConfig',
    ...options,
    ...resolution,
    file,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, compiler).catch(
    (failed: { stdout: string }) => failed,
  );
  return stdout;
}

describe('a client generated from it', () => {
  beforeAll(async () => {
    await writeFile(resolve(directory, 'client.ts'), await generateSource(documentFile));
  });

  it('compiles, and completes the redirect flow', async () => {
    expect(await compile('program.ts', program)).toBe('');
    const { connect } = await import(pathToFileURL(resolve(directory, 'program.ts')).href);
    const { origin, adminToken } = inject('worker');
    const back = `${test.pages.originAs('shop.localhost')}/back`;
    const connected = await connect(
      { url: origin, key: adminToken },
      'sandbox-pacer',
      back,
      async (url: string) => {
        const page = await test.context.newPage();
        await page.goto(url);
        await page.getByRole('button', { name: 'Allow', exact: true }).click();
        await page.waitForURL(`${back}?**`);
        return new URL(page.url());
      },
    );
    expect(connected).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/), complete: true });
    expect(connected.accessToken).toBeTruthy();
  });

  it('does not compile with a wrong idea of the API', async () => {
    const wrongs = [
      ['connection.auth.status.complete', 'connection.auth.complete'],
      ['{ connection_code: code }', '{ code }'],
      ['made.redirectUrl', 'made.redirectURL'],
    ] as const;
    const complaints = wrongs.map(([right, wrong], index) =>
      compile(`wrong-${index}.ts`, program.replace(right, wrong)),
    );
    for (const complaint of await Promise.all(complaints)) expect(complaint).toMatch(/error TS\d+/);
  });
});
