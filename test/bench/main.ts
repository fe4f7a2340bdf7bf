import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { buildWorkers, type Deployment, startDeployment } from './machine/deployment.ts';
import { measureFloor } from './measures/floor.ts';
import { measureGrowth } from './measures/growth.ts';
import { measureProxiedCall } from './measures/proxied-call.ts';
import { measureRefresh } from './measures/refresh.ts';
import { measureWholeFlow } from './measures/whole-flow.ts';
import { readScale } from './scale.ts';
import { type Setup, setUp } from './setup.ts';

const mostMs = 6 * 60_000;
const mostMsAtAMillion = 20 * 60_000;

const scale = readScale(process.argv.slice(2));
const million = scale.sizes.includes(1_000_000);
const started = performance.now();
setTimeout(
  () => {
    console.error('\nThis takes too long; the rest is left out.');
    process.exit(1);
  },
  million ? mostMsAtAMillion : mostMs,
).unref();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

printSurroundings();
const workers = await buildWorkers();
await onFreshStorage(async (setup) => {
  await measureWholeFlow(setup, scale);
  await measureFloor(setup, scale);
  await measureProxiedCall(setup, scale);
  await measureRefresh(setup, scale);
});
await onFreshStorage((setup) => measureGrowth(setup, scale));
console.log(`\n${Math.round((performance.now() - started) / 1000)} s in all.`);
process.exit(0);

async function onFreshStorage(measure: (setup: Setup) => Promise<void>): Promise<void> {
  await using deployment: Deployment = await startDeployment(workers);
  await measure(await setUp(deployment));
}

function printSurroundings(): void {
  const version = (name: string) =>
    (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version;
  const versions = ['workerd', 'miniflare', 'grant', 'express', 'express-session'];
  console.log(
    [
      `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${process.platform}`,
      `node ${process.versions.node}, ${versions.map((name) => `${name} ${version(name)}`).join(', ')}`,
      'Everything is on this machine and talks over loopback. Compare figures of one run only: what else the machine',
      'does is in them.',
    ].join('\n'),
  );
}
