// Where things are in a JSON text that somebody types: JSON.parse tells neither the place of a member, nor that of an
// error in words to act on.

/** A value with its members; scalars have none. Offsets count UTF-16 units. */
export interface JsonNode {
  start: number;
  members: JsonMember[];
}

interface JsonMember {
  /** An index, for lists. */
  key: string;
  /** Of its key, or of the value in a list. */
  start: number;
  node: JsonNode;
}

export type JsonReading =
  | { ok: true; root: JsonNode }
  /** `message` is a sentence. */
  | { ok: false; offset: number; message: string };

const maxDepth = 200;
const space = /[\t\n\r ]*/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[^\t\n\r ,:[\]{}"]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 keeps them out of strings
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Reads a text as JSON (RFC 8259). What it reads, JSON.parse reads too. */
export function readJson(text: string): JsonReading {
  try {
    const reader = new Reader(text);
    const root = reader.readValue(0);
    if (reader.peek() !== undefined) reader.fail('The document ends before this.');
    return { ok: true, root };
  } catch (error) {
    if (error instanceof SyntaxFault) return { ok: false, offset: error.offset, message: error.message };
    throw error;
  }
}

/**
 * Where a fault's path leads.
 *
 * @param path in dots, as the API has it; keys may hold dots themselves
 * @returns the offset of the last member on the way that is there
 */
export function placeOf(root: JsonNode, path: string): number {
  return follow(root, path, root.start).offset;
}

/** The line and column of an offset, both from 1. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function follow(node: JsonNode, path: string, offset: number): { offset: number; left: number } {
  let best = { offset, left: path.length };
  for (const { key, start, node: inner } of node.members) {
    if (path !== key && !path.startsWith(`${key}.`)) continue;
    const found = follow(inner, path.slice(key.length + 1), start);
    // Of two members with one key, the last counts.
    if (found.left <= best.left) best = found;
  }
  return best;
}

class SyntaxFault extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next character that isn't space; undefined at the end. */
  peek(): string | undefined {
    this.#take(space);
    return this.#text[this.#at];
  }

  fail(message: string): never {
    throw new SyntaxFault(this.#at, message);
  }

  readValue(depth: number): JsonNode {
    if (depth > maxDepth) this.fail(`This is nested more than ${maxDepth} levels deep.`);
    const next = this.peek();
    const start = this.#at;
    if (next === '{') return { start, members: this.#readMembers(depth, '}') };
    if (next === '[') return { start, members: this.#readMembers(depth, ']') };
    if (next === '"') this.#readString();
    else this.#readScalar();
    return { start, members: [] };
  }

  #readMembers(depth: number, close: '}' | ']'): JsonMember[] {
    const members: JsonMember[] = [];
    this.#at += 1;
    if (this.peek() === close) {
      this.#at += 1;
      return members;
    }
    for (;;) {
      members.push(close === '}' ? this.#readNamed(depth) : this.#readItem(depth, members.length));
      const next = this.peek();
      if (next !== ',' && next !== close) this.fail(`A comma or ${close} is missing before this.`);
      this.#at += 1;
      if (next === close) return members;
      if (this.peek() === close) this.fail(`There is a comma too many before this ${close}.`);
    }
  }

  #readNamed(depth: number): JsonMember {
    if (this.peek() !== '"') this.fail('A key in double quotes is missing here.');
    const start = this.#at;
    const key = JSON.parse(this.#readString()) as string;
    if (this.peek() !== ':') this.fail('A colon is missing between key and value.');
    this.#at += 1;
    return { key, start, node: this.readValue(depth + 1) };
  }

  #readItem(depth: number, index: number): JsonMember {
    this.peek();
    return { key: String(index), start: this.#at, node: this.readValue(depth + 1) };
  }

  #readString(): string {
    const read = this.#take(string);
    if (read === '')
      this.fail('This text isn’t closed on its line, or holds a backslash that means nothing.');
    return read;
  }

  #readScalar(): void {
    const start = this.#at;
    const read = this.#take(scalar);
    const rest = this.#take(word);
    if (read !== '' && rest === '') return;
    this.#at = start;
    if (start === this.#text.length) this.fail('The document ends too early: something isn’t closed.');
    this.fail(`A value is missing here: text in double quotes, a number, true, false, null, { or [.`);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [taken = ''] = pattern.exec(this.#text) ?? [];
    this.#at += taken.length;
    return taken;
  }
}
