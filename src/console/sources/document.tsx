import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Fault } from '../../errors.ts';
import { Listing } from '../../landing/listing.tsx';
import type { Source } from '../../sources/source.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { TextArea } from '../frame/form.tsx';
import { readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { faultsOf } from './form-faults.ts';
import { type JsonNode, lineAndColumn, placeOf, readJson } from './json-position.ts';
import { loadOwn } from './load.ts';
import { answerSourcePage, sourcePath } from './source-page.tsx';

const path = '/console/sources/:id/document';

/** A document that was sent, and what is wrong with it. */
interface Draft {
  text: string;
  faults: PlacedFault[];
}

/** What is wrong with a document, and where. */
interface PlacedFault {
  line: number;
  column: number;
  /** The path of the member; '' where the text is no JSON. */
  path: string;
  message: string;
}

/** `/console/sources/:id/document`: a source as its document, the map. */
export const documentPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => documentPage(c, await loadOwn(c)))
  .post(path, async (c) => {
    const source = await loadOwn(c);
    const fields = await readForm(c);
    const text = (fields.document ?? '').replaceAll('\r\n', '\n');
    const reading = readJson(text);
    if (!reading.ok) {
      const fault = { ...lineAndColumn(text, reading.offset), path: '', message: reading.message };
      return documentPage(c, source, { text, faults: [fault] });
    }
    const saved = await callApi(c, 'PUT', `/maps/${source.id}`, JSON.parse(text));
    if (saved.ok) return goTo(c, `${sourcePath(source)}/document`, 'The document is saved.');
    return documentPage(c, source, { text, faults: placeFaults(text, reading.root, faultsOf(saved)) });
  });

function placeFaults(text: string, root: JsonNode, faults: Fault[]): PlacedFault[] {
  return faults
    .map(({ path, message }) => ({
      ...lineAndColumn(text, placeOf(root, path)),
      path,
      message: `${path === '' ? 'The document ' : ''}${message}.`,
    }))
    .sort((a, b) => a.line - b.line);
}

async function documentPage(c: Context<ConsoleEnv>, source: Source, draft?: Draft) {
  const stored = draft
    ? draft.text
    : JSON.stringify((await requireApi<{ source: unknown }>(c, 'GET', `/maps/${source.id}`)).source, null, 2);
  return answerSourcePage(
    c,
    { source, tab: 'Document', status: draft ? 400 : 200 },
    source.sandbox ? (
      <Listing id="document" title="Document" aside="Built in">
        {stored}
      </Listing>
    ) : (
      <form method="post" action={`${sourcePath(source)}/document`} class="fields document">
        {draft ? <Faults text={draft.text} faults={draft.faults} /> : null}
        <TextArea
          name="document"
          label="Map"
          explanation={
            <>
              The whole source as one JSON document: its endpoints by name, what is sent with each call, who
              connected. A secret shows as <code>{'{"set": true}'}</code> and stays as long as it says so;
              type another in its place, or <code>null</code> to remove it.
            </>
          }
          rows={Math.min(32, Math.max(12, stored.split('\n').length + 1))}
          mono
          value={stored}
          {...(draft ? { form: formOf(draft) } : {})}
        />
        <div class="buttons">
          <button type="submit" class="button">
            Save
          </button>
          <a class="button quiet" href={sourcePath(source)}>
            Cancel
          </a>
        </div>
      </form>
    ),
  );
}

function formOf({ text, faults }: Draft) {
  const [first] = faults;
  const error = first ? `Nothing is saved yet: line ${first.line} needs another look.` : '';
  return { values: { document: text }, errors: { document: error } };
}

function Faults({ text, faults }: Draft) {
  const lines = text.split('\n');
  return (
    <div class="notice danger" role="alert" tabindex={-1}>
      <p>{faults.length === 1 ? 'One place' : `${faults.length} places`} in the document:</p>
      <ul class="faults">
        {faults.map(({ line, column, path: member, message }) => (
          <li>
            <a href="#field-document" data-line={line}>
              Line {line}, column {column}
            </a>
            : {member === '' ? null : <code>{member}</code>} {message}
            <pre>{(lines[line - 1] ?? '').trim().slice(0, 120) || ' '}</pre>
          </li>
        ))}
      </ul>
    </div>
  );
}
