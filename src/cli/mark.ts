/**
 * JSON for values that JSON cannot write: an object with one marked key stands for each of them, as in
 * `{"$date":"2026-01-31T12:00:00.000Z"}`; docs/guides/command-line.md has the table. Reading gives back
 * what was written, but for objects that were shared or had no prototype: those become plain ones.
 */

import { EXIT, Refusal } from './exit.ts';

/** Deeper values are refused, before the stack overflows. */
const DEEPEST = 1000;

/** Turns a value into one that `JSON.stringify` writes. @throws Refusal for a value that has no JSON */
export function mark(value: unknown): unknown {
  return markPart(value, new Set());
}

/** @param above - the objects that the value is a part of */
function markPart(value: unknown, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : { $number: String(value) };
    case 'bigint':
      return { $bigint: String(value) };
    case 'undefined':
      return { $undefined: true };
    case 'object':
      return value === null ? null : markObject(value, above);
    default:
      throw without(`it holds a ${typeof value}`);
  }
}

function markObject(value: object, above: Set<object>): unknown {
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: base64(value) };
  if (value instanceof ArrayBuffer) return { $buffer: ['ArrayBuffer', base64(new Uint8Array(value))] };
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { $buffer: [value.constructor.name, base64(bytes)] };
  }
  if (above.has(value)) throw without('it contains itself');
  if (above.size > DEEPEST) throw without(`it is deeper than ${DEEPEST} levels`);
  above.add(value);
  const marked = markParts(value, (part) => markPart(part, above));
  above.delete(value);
  return marked;
}

function markParts(value: object, marked: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (value instanceof Map) return { $map: Array.from(value, ([key, item]) => [marked(key), marked(item)]) };
  if (value instanceof Set) return { $set: Array.from(value, marked) };
  const fields = Object.fromEntries(Object.entries(value).map(([key, field]) => [key, marked(field)]));
  const keys = Object.keys(fields);
  return keys.length === 1 && keys[0]?.startsWith('$') ? { $object: fields } : fields;
}

function without(why: string): Refusal {
  return new Refusal(EXIT.error, `the value has no JSON: ${why}; a snapshot keeps it`);
}

/** Bytes as base64 text. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
