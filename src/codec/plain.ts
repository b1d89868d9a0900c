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
/** Whether a date or bytes were met in the value at hand. */
let leaves = false;

/** Stands for the copy of a value that is not plain. */
const NOT_PLAIN: unique symbol = Symbol('not plain');

/** A copy of a plain value. */
export interface PlainCopy {
  readonly copy: unknown;
  /** `true`: dates and bytes in it are those of the value itself. */
  readonly hasLeaves: boolean;
}

/**
 * Copies a value that msgpackr reads back just as it is: a tree of primitives, plain objects, dense arrays,
 * dates and bytes, in which no object appears twice. Each field is read once, so that what was looked at
 * is what is written. `undefined` says nothing about other forms; they are looked at by the graph.
 */
export function copyPlain(value: unknown): PlainCopy | undefined {
  if (typeof value !== 'object' || value === null) {
    const copy = copyPart(value, 0);
    return copy === NOT_PLAIN ? undefined : { copy, hasLeaves: false };
  }
  // A getter or a proxy called us while we look at its object.
  if (busy) return undefined;
  busy = true;
  leaves = false;
  try {
    const copy = copyPart(value, 0);
    return copy === NOT_PLAIN ? undefined : { copy, hasLeaves: leaves };
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

function copyPart(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return isPlainText(value) ? value : NOT_PLAIN;
    case 'object':
      return value === null ? null : copyObject(value, depth);
    case 'number':
      return value === 0 ? 0 : value; // -0 reads as 0
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return value;
    default:
      return NOT_PLAIN;
  }
}

function copyObject(value: object, depth: number): unknown {
  if (depth > DEEPEST || wasMet(value)) return NOT_PLAIN;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copyFields(value, depth + 1);
  if (Array.isArray(value)) return prototype === Array.prototype ? copyItems(value, depth + 1) : NOT_PLAIN;
  if (!isLeaf(value, prototype)) return NOT_PLAIN;
  leaves = true;
  return value;
}

function copyFields(value: object, depth: number): unknown {
  const copy: Record<string, unknown> = {};
  let fields = 0;
  for (const key in value) {
    if (!isPlainText(key) || key === '__proto__') return NOT_PLAIN;
    const part = copyPart((value as Record<string, unknown>)[key], depth);
    if (part === NOT_PLAIN) return NOT_PLAIN;
    copy[key] = part;
    fields++;
  }
  // More when some are not enumerable; fewer when the prototype has enumerable ones.
  return Object.getOwnPropertyNames(value).length === fields ? copy : NOT_PLAIN;
}

function copyItems(value: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = [];
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (item === undefined && !(i in value)) return NOT_PLAIN;
    const part = copyPart(item, depth);
    if (part === NOT_PLAIN) return NOT_PLAIN;
    copy.push(part);
  }
  return copy;
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
