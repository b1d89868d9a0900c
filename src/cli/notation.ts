import { bytes, json, structured, text, type Codec } from '../index.ts';
import { usage } from './exit.ts';
import { mark } from './mark.ts';
import { bytesOf, unmark } from './unmark.ts';

/** How the values of a map are typed in and shown; each codec has its own. */
export interface Notation {
  readonly codec: Codec<unknown>;
  /** Whether a value is text, so that the newline at the end of an input is none of it. */
  readonly textual: boolean;
  /** A value from what was typed or read; `plain` takes it as text where JSON is expected. */
  parse(input: Uint8Array, plain: boolean): unknown;
  /** A value as it is printed on its own. */
  show(value: unknown): string | Uint8Array;
  /** A value as part of a line of JSON. */
  toJson(value: unknown): unknown;
  /** A value from a part of a line of JSON. */
  fromJson(value: unknown): unknown;
}

const same = (value: unknown): unknown => value;

const NOTATIONS: Readonly<Record<string, Notation>> = {
  structured: {
    codec: structured(),
    textual: true,
    parse: (input, plain) =>
      plain ? utf8(input) : unmark(parseJson(utf8(input), '; for plain text say --text')),
    show: (value) => JSON.stringify(mark(value)),
    toJson: mark,
    fromJson: unmark,
  },
  json: {
    codec: json(),
    textual: true,
    parse: (input, plain) => (plain ? utf8(input) : parseJson(utf8(input), '; for plain text say --text')),
    show: (value) => JSON.stringify(value),
    toJson: same,
    fromJson: same,
  },
  text: {
    codec: text(),
    textual: true,
    parse: utf8,
    show: (value) => String(value),
    toJson: same,
    fromJson: (value) => {
      if (typeof value !== 'string') throw usage('the map holds text: the value must be a string');
      return value;
    },
  },
  bytes: {
    codec: bytes(),
    textual: false,
    parse: same as Notation['parse'],
    show: (value) => value as Uint8Array,
    toJson: mark,
    fromJson: (value) => {
      const marked = typeof value === 'object' && value !== null ? Object.entries(value) : [];
      const [name, content] = marked[0] ?? [];
      const found = name === '$bytes' && typeof content === 'string' ? bytesOf(content) : undefined;
      if (found === undefined) throw usage('the map holds bytes: the value must be {"$bytes":"base64"}');
      return found;
    },
  },
};

/** The codecs that the command line reads and writes. */
export const CODECS: readonly string[] = Object.keys(NOTATIONS);

/** The notation of a codec; `undefined` when it is none of the library's own. */
export function notationOf(codec: string): Notation | undefined {
  return Object.hasOwn(NOTATIONS, codec) ? NOTATIONS[codec] : undefined;
}

/** Parses JSON and refuses whole numbers that JavaScript would round. @param hint - ends the message about what is no JSON */
export function parseJson(input: string, hint = ''): unknown {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    if (input.trim() === '') throw usage('the value is empty, which is not JSON; empty text is ""');
    // Not shown: what was piped in may be secret.
    throw usage(`the value is not JSON${hint}`);
  }
  // Only long digits can be rounded; strings are matched so as to be passed over.
  const numbers = /\d{16}/.test(input) ? input.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?![\d.eE])/g) : [];
  for (const [number] of numbers) {
    if (number.startsWith('"') || BigInt(number) === BigInt(Number(number))) continue;
    const digits = number.replace('-', '').length;
    throw usage(
      `a whole number of ${digits} digits would be rounded: write it as a string, or as {"$bigint":"digits"}`,
    );
  }
  return value;
}

function utf8(input: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
  } catch {
    throw usage('the value is not UTF-8 text; a map made with --codec bytes takes any bytes');
  }
}
