import { expect, it } from 'vitest';
import { ok, refused } from '../worker/harness/answers.ts';
import { type Exchanged, finishedRun, Run } from '../worker/harness/run.ts';
import { setting } from '../worker/harness/setting.ts';

it('ignores a result planted in a page that began another run', async () => {
  const { world, application, provider, source } = await setting();
  const attacker = await finishedRun(world, application, provider, source, {
    choice: { account: 'attacker' },
  });
  const victim = await Run.fromPage(world, application, { clientUserId: 'victim' });
  // The victim’s page is handed the attacker’s handle. All it can join is the secret it has.
  const planted = `${attacker.handle}.${victim.runSecret}`;
  const spent = await refused(victim.exchange({ specialToken: planted }), 400, 'invalid_grant');
  const bare = await refused(victim.exchange({ specialToken: attacker.handle }), 400, 'invalid_grant');
  expect(bare.error_description).toBe(spent.error_description);
  // Neither cost the attacker’s run anything: with its own secret the handle is what it was.
  const exchanged = await ok<Exchanged>(attacker.exchange());
  expect(exchanged.connections).toHaveLength(1);
});

it('takes no handle with a secret that is nearly right', async () => {
  const { world, application, provider, source } = await setting();
  const run = await finishedRun(world, application, provider, source);
  const { handle, runSecret } = run;
  const flipped = (runSecret.startsWith('A') ? 'B' : 'A') + runSecret.slice(1);
  for (const specialToken of [
    handle,
    `${handle}.`,
    `${handle}.${flipped}`,
    `${handle}.${runSecret.slice(0, -1)}`,
    `${handle}.${runSecret}.${runSecret}`,
    `${runSecret}.${handle}`,
    ` ${handle}.${runSecret}`,
    `${handle}.${runSecret}\n`,
  ]) {
    await refused(run.exchange({ specialToken }), 400, 'invalid_grant');
  }
  await ok(run.exchange());
});

it('takes no run secret for a hosted link, which has none', async () => {
  const { world, application, provider, source } = await setting();
  const returnUrl = application.returnUrl;
  const run = await Run.fromServer(world, application, { returnUrl });
  await ok(run.bindWithoutOpener());
  await run.connect(provider, source);
  const { location = '' } = await ok<{ location: string }>(run.finish());
  const handle = new URLSearchParams(new URL(location).hash.slice(1)).get('specialToken') ?? '';
  const clientUserId = 'user-1';
  const joined = `${handle}.${run.runSecret}`;
  await refused(run.exchange({ specialToken: joined, clientUserId }), 400, 'invalid_grant');
  await ok(run.exchange({ specialToken: handle, clientUserId }));
});
