import { usage } from './exit.ts';
import { base64 } from './mark.ts';

const TYPED = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** Turns parsed JSON back into the value that `mark` was given. @throws Refusal for a mark it does not know */
export function unmark(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(unmark);
  const [first, ...others] = Object.entries(json);
  if (first !== undefined && others.length === 0 && first[0].startsWith('$')) return unmarkOne(...first);
  return fieldsOf(json);
}

function fieldsOf(json: object): object {
  return Object.fromEntries(Object.entries(json).map(([key, field]) => [key, unmark(field)]));
}

function unmarkOne(name: string, content: unknown): unknown {
  const value = isText(content) ? ofText(name, content) : ofContent(name, content);
  if (value !== undefined) return value.of;
  throw usage(
    `${JSON.stringify({ [name]: content }).slice(0, 80)} is no value: an object whose only key begins with $ is written {"$object":{…}}`,
  );
}

/** A value that was found; the box tells `undefined` from nothing. */
type Found = { readonly of: unknown } | undefined;

function ofText(name: string, content: string): Found {
  if (name === '$date') {
    const date = new Date(/^[+-]?\d{4,6}-\d\d-\d\d/.test(content) ? content : Number.NaN);
    return Number.isNaN(date.getTime()) ? undefined : { of: date };
  }
  if (name === '$bigint' && /^-?\d+$/.test(content)) return { of: BigInt(content) };
  if (name === '$number' && /^(NaN|-?Infinity)$/.test(content)) return { of: Number(content) };
  return name === '$bytes' ? boxed(bytesOf(content)) : undefined;
}

function ofContent(name: string, content: unknown): Found {
  if (name === '$undefined' && content === true) return { of: undefined };
  if (name === '$object' && isFields(content)) return { of: fieldsOf(content) };
  if (!Array.isArray(content)) return undefined;
  const [head, tail]: readonly unknown[] = content;
  if (name === '$set') return { of: new Set(content.map(unmark)) };
  if (name === '$map' && content.every(isPair)) {
    return { of: new Map(content.map(([key, value]) => [unmark(key), unmark(value)])) };
  }
  if (!isText(head) || !isText(tail)) return undefined;
  return name === '$buffer' ? boxed(bufferOf(head, bytesOf(tail))) : undefined;
}

function bufferOf(type: string, bytes: Uint8Array | undefined): object | undefined {
  if (bytes === undefined) return undefined;
  const buffer = bytes.slice().buffer;
  if (type === 'ArrayBuffer') return buffer;
  if (type === 'DataView') return new DataView(buffer);
  const Typed = TYPED.find(({ name }) => name === type);
  return Typed === undefined || buffer.byteLength % Typed.BYTES_PER_ELEMENT !== 0
    ? undefined
    : new Typed(buffer);
}

/** The bytes of base64 text; `undefined` when it is none. */
export function bytesOf(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return base64(bytes) === text ? bytes : undefined;
}

function boxed(value: object | undefined): Found {
  return value === undefined ? undefined : { of: value };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}
