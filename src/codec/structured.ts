import type { Packr as Msgpackr } from 'msgpackr';
// @ts-expect-error - The package has no types for this build of it, which generates no code, parses
// nothing natively, and shares no state and no extensions with other users of msgpackr in the process.
import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from 'msgpackr/index-no-eval';
import { StoreError } from '../base/errors.ts';
import type { Codec } from '../contract/codec.ts';
import { refusal } from './errors.ts';
import { valueOf } from './graph-reader.ts';
import { graphOf } from './graph-writer.ts';
import { copyPlain } from './plain.ts';
import { slabCopy } from './slab.ts';

/** First byte of a value in graph form; MessagePack never begins with it. */
const GRAPH = 0xc1;

/** Values up to this length are decoded from {@link scratch}. */
const SCRATCH_BYTES = 16_384;

/** From this length of a value on, msgpackr's working memory is given back. */
const LARGE_BYTES = 1_048_576;

/**
 * Plain MessagePack. Not msgpackr's own records, which tell objects from maps: a value with a field
 * `__keys__` makes them write later values so that they cannot be read.
 */
const packr: Msgpackr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  moreTypes: true,
  useToJSON: false,
  copyBuffers: true,
});

/**
 * Where short values are copied to be decoded: msgpackr attaches a view to whatever it reads from,
 * which must not be the bytes an engine keeps. All zeros between calls.
 */
const scratch = Buffer.alloc(SCRATCH_BYTES);

const codec: Codec<unknown> = {
  name: 'structured',
  numbers: true,
  encode,
  decode,
  lend: (value) => copied(value, false, slabCopy).cell,
};

/**
 * The default codec: JavaScript values as they are. Objects, arrays, Map, Set, Date, BigInt, `undefined`
 * within, typed arrays and buffers, shared objects and cycles; see docs/guides/codecs.md for what
 * changes and what is refused.
 *
 * @returns the codec named `structured`; its `encode` throws `CODEC` naming the place of what would not
 *   come back as it is
 * @example
 * ```ts
 * import { open, structured } from 'samemap';
 * const store = await open('memory:');
 * const carts = store.map('carts', { codec: structured<{ items: Map<string, number>; at: Date }>() });
 * await carts.set('ada', { items: new Map([['tea', 2]]), at: new Date() });
 * await store.close();
 * ```
 */
export function structured<Value = unknown>(): Codec<Value> {
  // SAFETY: what was encoded as a Value comes back as one.
  return codec as Codec<Value>;
}

/** A cell, and what reading it gives: a value of one's own. */
export interface Copied {
  readonly cell: Uint8Array | number;
  readonly copy: unknown;
}

/**
 * Encodes by this codec and tells what decoding would give, without decoding where the value is a plain tree.
 *
 * @param lent - as by {@link Codec.lend}
 * @returns `undefined` when the codec is another one
 */
export function encodeCopied(by: Codec<unknown>, value: unknown, lent = false): Copied | undefined {
  return by === codec ? copied(value, true, lent ? slabCopy : ownCopy) : undefined;
}

function encode(value: unknown): Uint8Array | number {
  return copied(value, false, ownCopy).cell;
}

type Copy = (bytes: Uint8Array) => Uint8Array;

const ownCopy: Copy = (bytes) => new Uint8Array(bytes);

function copied(value: unknown, wanted: boolean, copy: Copy): Copied {
  if (typeof value === 'number' && Number.isFinite(value)) {
    const cell = value === 0 ? 0 : value;
    return { cell, copy: cell };
  }
  if (value === undefined) throw refusal('value', 'is undefined, which means absent');
  try {
    const plain = copyPlain(value);
    const cell =
      plain === undefined
        ? encodeGraph(value, copy)
        : exactly(packr.pack(plain.copy, RESET_BUFFER_MODE), copy);
    if (!wanted) return { cell, copy: undefined };
    return { cell, copy: plain === undefined || plain.hasLeaves ? decode(cell) : plain.copy };
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw refusal('value', 'cannot be encoded; see error.cause', cause);
  }
}

function encodeGraph(value: unknown, copy: Copy): Uint8Array {
  const packed = packr.pack(graphOf(value), RESERVE_START_SPACE | RESET_BUFFER_MODE | 1);
  packed[0] = GRAPH;
  return exactly(packed, copy);
}

/** A copy of what lies in msgpackr's working memory. */
function exactly(packed: Uint8Array, copy: Copy): Uint8Array {
  const bytes = copy(packed);
  if (bytes.length >= LARGE_BYTES) packr.useBuffer(Buffer.allocUnsafeSlow(SCRATCH_BYTES));
  return bytes;
}

function decode(cell: Uint8Array | number): unknown {
  if (typeof cell === 'number') return cell;
  const value = cell[0] === GRAPH ? valueOf(unpack(cell, 1)) : unpack(cell, 0);
  if (value === undefined) throw new TypeError('the bytes are none of this codec');
  return value;
}

function unpack(bytes: Uint8Array, start: number): unknown {
  const end = bytes.length;
  if (end > SCRATCH_BYTES)
    return packr.unpack(Buffer.from(bytes.buffer, bytes.byteOffset, end), { start, end });
  if (end === start) throw new TypeError('no bytes are no value');
  scratch.set(bytes);
  try {
    return packr.unpack(scratch, start === 0 ? end : { start, end });
  } finally {
    scratch.fill(0, 0, end);
  }
}
