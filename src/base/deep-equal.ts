/**
 * Deep equality of values: what `ifValue` means by "equal".
 *
 * Equal are: the same value (NaN equals NaN, 0 equals -0); dates of the same time; bytes and typed
 * arrays of one kind with the same elements; maps and sets with equal members in any order; arrays and
 * objects of one prototype whose own enumerable fields are equal, in any order. A field that is
 * `undefined` is there. Cycles are equal when they run the same way. Functions, promises, weak
 * collections and symbols equal only themselves.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  return equal(a, b, { open: new Map(), known: new Map() });
}

/** Pairs of objects seen so far. */
interface Seen {
  /** Being compared further up: met again, the pair is taken as equal. */
  readonly open: Map<object, object>;
  /** Found equal, so that what is shared is compared once. */
  readonly known: Map<object, object>;
}

function equal(a: unknown, b: unknown, seen: Seen): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b);
  }
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const partner = seen.open.get(a);
  if (partner !== undefined) return partner === b;
  if (seen.known.get(a) === b) return true;
  seen.open.set(a, b);
  const same = equalObjects(a, b, seen);
  seen.open.delete(a);
  if (same) seen.known.set(a, b);
  return same;
}

function equalObjects(a: object, b: object, seen: Seen): boolean {
  if (a instanceof Map) return b instanceof Map && equalMaps(a, b, seen);
  if (a instanceof Set) return b instanceof Set && equalSets(a, b, seen);
  if (a instanceof Date) return b instanceof Date && equal(a.getTime(), b.getTime(), seen);
  if (a instanceof ArrayBuffer) {
    return b instanceof ArrayBuffer && equalBytes(new Uint8Array(a), new Uint8Array(b));
  }
  if (a instanceof RegExp) return b instanceof RegExp && equalExpressions(a, b);
  if (ArrayBuffer.isView(a)) return ArrayBuffer.isView(b) && equalViews(a, b);
  if (a instanceof Error && (a.message !== Reflect.get(b, 'message') || a.name !== Reflect.get(b, 'name'))) {
    return false;
  }
  if (a instanceof Promise || a instanceof WeakMap || a instanceof WeakSet || a instanceof WeakRef)
    return false;
  if (a instanceof Number || a instanceof Boolean || a instanceof BigInt || a instanceof Symbol) {
    return equal(a.valueOf(), b.valueOf(), seen);
  }
  if (Array.isArray(a) && a.length !== Reflect.get(b, 'length')) return false;
  return equalFields(a, b, seen);
}

function equalFields(a: object, b: object, seen: Seen): boolean {
  const names = fieldsOf(a);
  return (
    names.length === fieldsOf(b).length &&
    names.every((name) => isField(b, name) && equal(Reflect.get(a, name), Reflect.get(b, name), seen))
  );
}

function fieldsOf(object: object): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(object);
  if (symbols.length === 0) return Object.keys(object);
  return [...Object.keys(object), ...symbols.filter((name) => isField(object, name))];
}

function isField(object: object, name: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, name);
}

function equalMaps(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>, seen: Seen): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.has(key) && !equal(value, b.get(key), seen)) return false;
  return matchAll(
    [...a].filter(([key]) => !b.has(key)),
    [...b].filter(([key]) => !a.has(key)),
    seen,
  );
}

function equalSets(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>, seen: Seen): boolean {
  return (
    a.size === b.size &&
    matchAll(
      [...a].filter((item) => !b.has(item)),
      [...b].filter((item) => !a.has(item)),
      seen,
    )
  );
}

/** Whether each of `a` finds an equal partner of its own in `b`; equality is transitive, so any will do. */
function matchAll(a: readonly unknown[], b: unknown[], seen: Seen): boolean {
  if (a.length !== b.length) return false;
  for (const x of a) {
    const at = b.findIndex((y) => equal(x, y, { open: seen.open, known: new Map() }));
    if (at < 0) return false;
    b.splice(at, 1);
  }
  return true;
}

function equalExpressions(a: RegExp, b: RegExp): boolean {
  return a.source === b.source && a.flags === b.flags && a.lastIndex === b.lastIndex;
}

function equalViews(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a instanceof Float32Array || a instanceof Float64Array) {
    if (!(b instanceof Float32Array || b instanceof Float64Array) || a.length !== b.length) return false;
    return a.every((x, i) => x === b[i] || (Number.isNaN(x) && Number.isNaN(b[i])));
  }
  return equalBytes(bytesOf(a), bytesOf(b));
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
