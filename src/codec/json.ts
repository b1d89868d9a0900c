import { StoreError } from '../base/errors.ts';
import type { Codec } from '../contract/codec.ts';
import { below, refusal } from './errors.ts';
import { utf8Bytes, utf8Text } from './utf8-bytes.ts';

/** Deeper values, and cycles, are refused. */
const DEEPEST = 1000;

const codec: Codec<unknown> = { name: 'json', numbers: true, encode, decode };

/**
 * JSON text, for values that other programs read. Takes only what JSON gives back as it was: `null`,
 * booleans, finite numbers, strings, plain objects and dense arrays of these. A field that is
 * `undefined`, which JSON would leave out, is refused.
 *
 * @returns the codec named `json`; its `encode` throws `CODEC` naming the place of what would not come
 *   back as it is
 * @example
 * ```ts
 * import { json, open } from 'samemap';
 * const store = await open('memory:');
 * const settings = store.map('settings', { codec: json<{ theme: string }>() });
 * await settings.set('ada', { theme: 'dark' });
 * await store.close();
 * ```
 */
export function json<Value = unknown>(): Codec<Value> {
  // SAFETY: what was encoded as a Value comes back as one.
  return codec as Codec<Value>;
}

function encode(value: unknown): Uint8Array | number {
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  try {
    const problem = problemOf(value, 0);
    if (problem !== undefined) throw refusal(problem.keys.reduceRight<string>(below, 'value'), problem.why);
    return utf8Bytes(JSON.stringify(value));
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw refusal('value', 'cannot be encoded; see error.cause', cause);
  }
}

function decode(cell: Uint8Array | number): unknown {
  return typeof cell === 'number' ? cell : JSON.parse(utf8Text(cell));
}

/** Why a value is refused, and the way to the place, last step first. */
interface Problem {
  readonly why: string;
  readonly keys: (string | number)[];
}

function problemOf(value: unknown, depth: number): Problem | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : problem(`is ${value}, which JSON cannot say`);
    case 'object':
      return value === null ? undefined : problemOfObject(value, depth);
    case 'undefined':
      return problem('is undefined, which JSON cannot say');
    case 'bigint':
    case 'function':
    case 'symbol':
      return problem(`is a ${typeof value}, which JSON cannot say`);
  }
}

function problemOfObject(value: object, depth: number): Problem | undefined {
  if (depth > DEEPEST) return problem(`is deeper than ${DEEPEST} levels, or in a cycle`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return problemOfFields(value, depth + 1);
  if (!Array.isArray(value)) return problem('is no plain object, which is all that JSON can say');
  if (prototype !== Array.prototype) return problem('is an array of a class of its own');
  for (let i = 0; i < value.length; i++) {
    const found = problemOf(value[i], depth + 1);
    if (found !== undefined) return within(i, found);
  }
  return undefined;
}

function problemOfFields(value: object, depth: number): Problem | undefined {
  let fields = 0;
  for (const key in value) {
    if (key === '__proto__') return problem('has a field __proto__, which would change a prototype');
    const found = problemOf((value as Record<string, unknown>)[key], depth);
    if (found !== undefined) return within(key, found);
    fields++;
  }
  // More when some are not enumerable; fewer when the prototype has enumerable ones.
  return Object.getOwnPropertyNames(value).length === fields
    ? undefined
    : problem('has fields that are not enumerable');
}

function within(key: string | number, found: Problem): Problem {
  found.keys.push(key);
  return found;
}

function problem(why: string): Problem {
  return { why, keys: [] };
}
