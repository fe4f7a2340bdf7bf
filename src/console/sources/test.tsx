import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { readBuilt } from '../../built/read.ts';
import { startCredentialTrial, startTrial } from '../../connect/trial.ts';
import { loadTrial, storeOf, type TrialRecord } from '../../connect/trial-record.ts';
import { isTrialOf, sampleUrl, trialOffer, trialPath } from '../../connect/trial-subject.ts';
import { readCredential } from '../../connect/typed-credential.ts';
import type { AppEnv } from '../../context.ts';
import { Failure, type Fault, notFound } from '../../errors.ts';
import { hostValueNames, settleHosts } from '../../sources/host-values.ts';
import type { Offer } from '../../sources/offer.ts';
import type { Source } from '../../sources/source.ts';
import type { ConsoleEnv } from '../env.ts';
import { formWithFaults, readForm } from '../frame/form-state.ts';
import { consolePage } from '../frame/page.tsx';
import { diagnose } from './diagnosis.ts';
import { kindOf, readFormFields } from './form-fields.ts';
import { loadOwn } from './load.ts';
import { Findings } from './test-findings.tsx';
import { aboveTest, startPage } from './test-start.tsx';
import { Steps } from './test-steps.tsx';

const path = '/console/sources/:id/test';
const maxSample = 500;

/** `/console/sources/:id/test`: the real flow with the developer's own account, step by step. */
export const testPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const source = await loadOwn(c);
    return startPage(c, source, trialOffer(source, c.var.caller.developerId, c.var.config));
  })
  .post(path, async (c) => {
    const source = await loadOwn(c);
    const offer = trialOffer(source, c.var.caller.developerId, c.var.config);
    if (!offer) return startPage(c, source, null, { values: {}, errors: {} });
    const fields = await readForm(c);
    try {
      return c.redirect(trialPath(await start(c, offer, fields)), 303);
    } catch (error) {
      if (!(error instanceof Failure) || !error.details) throw error;
      const faults = error.details.map((fault) => ({
        ...fault,
        path: fault.path.replace(/^values\./, 'value_'),
      }));
      return startPage(c, source, offer, formWithFaults(fields, faults, labelsOf(source)));
    }
  })
  .get(`${path}/:trial`, async (c) => {
    const source = await loadOwn(c);
    const record = await loadTrial(storeOf(c as unknown as Context<AppEnv>), c.req.param('trial'));
    if (!record || !isTrialOf(record, ownerOf(c)) || record.sourceId !== source.id) throw notFound('test');
    return trialPage(c, source, record);
  });

async function start(
  c: Context<ConsoleEnv>,
  offered: Offer,
  fields: Record<string, string>,
): Promise<TrialRecord> {
  const { config } = c.var;
  const names = hostValueNames(offered.source.definition);
  const values = Object.fromEntries(names.map((name) => [name, fields[`value_${name}`] ?? '']));
  const { offer, hostValues } = settleHosts(offered, values);
  const sample = fields.sample?.trim() || null;
  const faults = sampleFaults(offer, sample, config.publicUrl);
  if (faults.length > 0) throw new Failure('invalid_request', 'The form has faults.', { details: faults });
  const owner = ownerOf(c);
  const context = c as unknown as Context<AppEnv>;
  if (offer.clientId !== null) return startTrial(context, owner, offer, hostValues, sample);
  const { definition } = offer.source;
  const typed =
    definition.type === 'api_key'
      ? { key: fields.key }
      : { username: fields.username, password: fields.password };
  return startCredentialTrial(context, owner, offer, readCredential(definition, typed), sample);
}

/** Whose a trial is: the person's, whichever session it was begun in. */
function ownerOf({ var: { caller, session } }: Context<ConsoleEnv>) {
  return { developerId: caller.developerId, personId: session.person?.id ?? null };
}

function sampleFaults(offer: Offer, sample: string | null, publicUrl: URL): Fault[] {
  if (sample === null) return [];
  if (sample.length > maxSample)
    return [{ path: 'sample', message: `must be at most ${maxSample} characters` }];
  const url = sampleUrl(offer, sample, publicUrl);
  return url === null ? [{ path: 'sample', message: 'must be a path on the API host, or a URL there' }] : [];
}

function labelsOf({ definition }: Source): Record<string, string> {
  return {
    sample: 'The sample call',
    key: 'The key',
    username: 'The user name',
    password: 'The password',
    ...Object.fromEntries(
      hostValueNames(definition).map((name) => [`value_${name}`, `The ${name.replaceAll('_', ' ')}`]),
    ),
  };
}

async function trialPage(c: Context<ConsoleEnv>, source: Source, record: TrialRecord): Promise<Response> {
  const isEnded = record.status === 'ended';
  const seen = c.req.query('seen') ?? null;
  const findings = diagnose(await readBuilt(c.env.ASSETS, 'findings'), record, seen);
  const isWaiting = record.status === 'waiting';
  const isGuess = isWaiting && seen !== null;
  const fields = await readFormFields(c.env.ASSETS, kindOf(record));
  const meanings = await readBuilt(c.env.ASSETS, 'parameters');
  const shown = (
    <Findings
      record={record}
      findings={findings}
      fields={fields}
      isEditable={!source.sandbox}
      isGuess={isGuess}
    />
  );
  const again = `${path.replace(':id', source.id)}?${new URLSearchParams({ sample: record.sample ?? '' })}`;
  return consolePage(
    c,
    {
      title: `Test ${source.definition.name}`,
      section: 'sources',
      above: aboveTest(source),
      connect: !isEnded,
      action: isEnded ? (
        <a class="button" href={again}>
          Test again
        </a>
      ) : null,
    },
    <div id="trial" data-state={isEnded ? 'ended' : 'going'} data-version={versionOf(record)}>
      <Standing
        record={record}
        source={source}
        faults={findings.filter(({ weight }) => weight === 'fault').length}
      />
      {isGuess ? null : shown}
      {isWaiting ? <Waiting record={record} source={source} seen={seen} /> : null}
      {isGuess ? (
        <section>
          <h2>What it may be</h2>
          {shown}
        </section>
      ) : null}
      <Steps record={record} meanings={meanings} />
    </div>,
  );
}

/** Another one is another page: what the developer has opened in it stays open until then. */
function versionOf({ status, exchanges, lost }: TrialRecord): string {
  return [status, exchanges.length, lost === null ? 0 : 1].join('-');
}

/** How the trial stands, in a sentence. */
function Standing({ record, source, faults }: { record: TrialRecord; source: Source; faults: number }) {
  const { name } = source.definition;
  if (record.status === 'running') {
    return (
      <p class="notice" role="status">
        The test goes on. <a href={trialPath(record)}>Refresh</a> to see how far it is.
      </p>
    );
  }
  if (record.status === 'waiting') return null;
  if (faults > 0)
    return <p role="status">{faults === 1 ? 'One thing is' : `${faults} things are`} to be mended.</p>;
  return (
    <p class="notice success" role="status">
      {name} works: an account can be connected and called.
    </p>
  );
}

/** The developer is to go to the provider, or is there, or came back without an answer. */
function Waiting({ record, source, seen }: { record: TrialRecord; source: Source; seen: string | null }) {
  const { name } = source.definition;
  return (
    <section class="card">
      <h2>Sign in at {name}</h2>
      <p class="muted">
        You leave the console, sign in with an account of your own and allow access. The provider sends you
        back here.
      </p>
      <p>
        <a class="button" href={record.authorizationUrl ?? ''} rel="noreferrer">
          Continue to {name}
        </a>
      </p>
      <details class="stuck" open={seen !== null}>
        <summary>I saw an error there, or nothing came back</summary>
        <form method="get" action={trialPath(record)} class="row">
          <label for="seen">What did it say?</label>
          <input
            id="seen"
            name="seen"
            value={seen ?? ''}
            maxlength={300}
            autocomplete="off"
            placeholder="redirect_uri_mismatch"
          />
          <button type="submit" class="button quiet">
            Show what it may be
          </button>
        </form>
      </details>
    </section>
  );
}
