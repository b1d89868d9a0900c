import { isWellFormed } from './well-formed.ts';

/** Deeper values are written as a graph, which needs no stack to read. */
const DEEPEST = 100;

/** Up to this many objects are looked for one by one; a set is faster beyond. */
const FEW = 8;

const BYTE_ORDER_MARK = 0xfeff;

/** The objects met in the value at hand: the first few here, later ones in a set. */
const few: (object | undefined)[] = Array.from({ length: FEW });
let met = 0;
let many: Set<object> | undefined;
let busy = false;

/**
 * Whether msgpackr reads back just what it writes for this value: a tree of primitives, plain objects,
 * dense arrays, dates and bytes, in which no object appears twice. `false` says nothing about other
 * forms; they are looked at by the graph.
 */
export function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isPlainPart(value, 0);
  // A getter or a proxy called us while we look at its object.
  if (busy) return false;
  busy = true;
  try {
    return isPlainObject(value, 0);
  } finally {
    busy = false;
    for (let i = 0; i < met && i < FEW; i++) few[i] = undefined;
    met = 0;
    many = undefined;
  }
}

/** Whether a string is read back by msgpackr as it is; it drops a leading byte order mark of longer ones. */
export function isPlainText(text: string): boolean {
  return isWellFormed(text) && text.charCodeAt(0) !== BYTE_ORDER_MARK;
}

function isPlainPart(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isPlainText(value);
    case 'object':
      return value === null || isPlainObject(value, depth);
    case 'number':
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return true;
    default:
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (depth > DEEPEST || wasMet(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return hasPlainFields(value, depth + 1);
  if (Array.isArray(value)) return prototype === Array.prototype && hasPlainItems(value, depth + 1);
  return isLeaf(value, prototype);
}

function hasPlainFields(value: object, depth: number): boolean {
  let fields = 0;
  for (const key in value) {
    if (!isPlainText(key) || key === '__proto__') return false;
    if (!isPlainPart((value as Record<string, unknown>)[key], depth)) return false;
    fields++;
  }
  // More when some are not enumerable; fewer when the prototype has enumerable ones.
  return Object.getOwnPropertyNames(value).length === fields;
}

function hasPlainItems(value: readonly unknown[], depth: number): boolean {
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (item === undefined ? !(i in value) : !isPlainPart(item, depth)) return false;
  }
  return true;
}

/** Dates and bytes: objects without objects in them. */
export function isLeaf(value: object, prototype: unknown = Object.getPrototypeOf(value)): boolean {
  if (prototype === Date.prototype) {
    return !Number.isNaN((value as Date).getTime()) && Object.getOwnPropertyNames(value).length === 0;
  }
  if (ArrayBuffer.isView(value)) return VIEWS.has(prototype) && !Object.hasOwn(value, 'constructor');
  if (prototype !== ArrayBuffer.prototype || (value as { resizable?: boolean }).resizable === true)
    return false;
  return Object.getOwnPropertyNames(value).length === 0;
}

const VIEWS: ReadonlySet<unknown> = new Set<unknown>([
  Buffer.prototype,
  Uint8Array.prototype,
  Int8Array.prototype,
  Uint8ClampedArray.prototype,
  Int16Array.prototype,
  Uint16Array.prototype,
  Int32Array.prototype,
  Uint32Array.prototype,
  Float32Array.prototype,
  Float64Array.prototype,
  BigInt64Array.prototype,
  BigUint64Array.prototype,
  DataView.prototype,
]);

/** Whether the object was met before; from now on it was. */
function wasMet(value: object): boolean {
  if (met < FEW) {
    for (let i = 0; i < met; i++) if (few[i] === value) return true;
    few[met++] = value;
    return false;
  }
  many ??= new Set(few as object[]);
  if (many.has(value)) return true;
  many.add(value);
  return false;
}
