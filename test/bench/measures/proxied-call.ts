import { connectUser } from '../flows.ts';
import { type Answer, send } from '../machine/client.ts';
import { cpuMs } from '../machine/cpu.ts';
import { heading, number, quantile, table } from '../report.ts';
import type { Scale } from '../scale.ts';
import type { Setup } from '../setup.ts';

type Times = Pick<Answer, 'headersMs' | 'totalMs'>;

interface Compared {
  direct: Times[];
  proxied: Times[];
  /** The worker's CPU for one proxied call, in milliseconds. */
  cpu: number;
}

/** A call through the proxy beside the same one straight to the provider's API, in turn, one after the other. */
export async function measureProxiedCall(setup: Setup, scale: Scale): Promise<void> {
  const small = await compare(setup, '/me', scale.calls);
  const large = await compare(setup, '/megabyte', scale.downloads);
  heading(
    '3. A proxied call beside a direct one',
    `${scale.calls} calls of GET /me (100 bytes) and ${scale.downloads} of GET /megabyte (1 MiB), each direct and then proxied, one at a time; ms.`,
    'Proxied: one batch of reads in D1, opening the sealed tokens, and the call itself, whose body is streamed.',
    'Added is the difference of the two columns before it.',
  );
  table(
    ['', 'direct p50', 'p95', 'proxied p50', 'p95', 'added p50', 'p95', 'CPU ms/call'],
    [
      row('/me, first byte', small, 'headersMs'),
      row('/me, all of it', small, 'totalMs'),
      row('/megabyte, first byte', large, 'headersMs'),
      row('/megabyte, all of it', large, 'totalMs'),
    ],
  );
}

async function compare(setup: Setup, path: string, times: number): Promise<Compared> {
  const { provider, worker, sourceId } = setup;
  const [user, tokens] = [await connectUser(setup, `calls ${path}`), await grantAt(provider.origin)];
  const direct = () => timed(`${provider.origin}${path}`, tokens);
  const proxied = () => timed(`${worker.origin}/proxy/${sourceId}${path}`, user.accessToken);
  for (let warming = 0; warming < 20; warming += 1) {
    await direct();
    await proxied();
  }
  const compared: Compared = { direct: [], proxied: [], cpu: 0 };
  const used = cpuMs(worker.pids);
  for (let call = 0; call < times; call += 1) {
    compared.direct.push(await direct());
    compared.proxied.push(await proxied());
  }
  compared.cpu = (cpuMs(worker.pids) - used) / times;
  return compared;
}

async function grantAt(origin: string): Promise<string> {
  const { text } = await send(`${origin}/grants`, { method: 'POST' });
  return (JSON.parse(text) as { access_token: string }).access_token;
}

async function timed(url: string, token: string): Promise<Times> {
  const answer = await send(url, { headers: { authorization: `Bearer ${token}` } });
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.text}`);
  return answer;
}

function row(name: string, { direct, proxied, cpu }: Compared, part: keyof Times): string[] {
  const at = (times: Times[], share: number) =>
    quantile(
      times.map((each) => each[part]),
      share,
    );
  const [low, high] = [0.5, 0.95];
  return [
    name,
    ...[at(direct, low), at(direct, high), at(proxied, low), at(proxied, high)].map(number),
    number(at(proxied, low) - at(direct, low)),
    number(at(proxied, high) - at(direct, high)),
    part === 'totalMs' ? number(cpu) : '',
  ];
}
