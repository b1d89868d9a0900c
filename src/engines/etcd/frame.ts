import { randomBytes } from 'node:crypto';
import { StoreError } from '../../base/errors.ts';
import type { Cell } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';

/**
 * How an entry lies in the value of a key: a byte of flags, the fields they name in this order, and the
 * cell (docs/formats/etcd.md). Numbers are little-endian.
 */
const NUMBER = 1;
const EXPIRES = 2;
const SHAPE = 4;
const STAMP = 8;
const NONCE = 16;
const KNOWN = NUMBER | EXPIRES | SHAPE | STAMP | NONCE;

/** What the value of a key says. */
export interface Framed {
  readonly cell: Cell;
  /** Milliseconds since the epoch; 0 for never. */
  readonly expiresAt: number;
  readonly shape: number;
  readonly stamp: Stamp | undefined;
  /** By which a writer that lost the answer finds its write; '' where there is none. */
  readonly nonce: string;
}

/** How many bytes a nonce has. */
const NONCE_BYTES = 8;

/** Of this process, and of one write of it. */
const thisProcess = randomBytes(4).readUInt32LE();
let writes = 0;

/** A nonce that no other write has. */
export function newNonce(): Buffer {
  const nonce = Buffer.allocUnsafe(NONCE_BYTES);
  nonce.writeUInt32LE(thisProcess, 0);
  nonce.writeUInt32LE((writes = (writes + 1) >>> 0), 4);
  return nonce;
}

/** Writes a frame. */
export function frame(
  cell: Cell,
  expiresAt: number,
  shape: number,
  stamp: Stamp | undefined,
  nonce: Buffer | undefined,
): Buffer {
  // SAFETY: the engine says that its values are bytes, so no cell is a reference.
  const content = cell as Uint8Array | number;
  const head =
    1 +
    (expiresAt === 0 ? 0 : 8) +
    (shape === 0 ? 0 : 2) +
    (stamp === undefined ? 0 : 8) +
    (nonce === undefined ? 0 : NONCE_BYTES);
  const bytes = Buffer.allocUnsafe(head + (typeof content === 'number' ? 8 : content.length));
  let flags = 0;
  let at = 1;
  if (expiresAt !== 0) {
    flags |= EXPIRES;
    at = bytes.writeDoubleLE(expiresAt, at);
  }
  if (shape !== 0) {
    flags |= SHAPE;
    at = bytes.writeUInt16LE(shape, at);
  }
  if (stamp !== undefined) {
    flags |= STAMP;
    at = bytes.writeBigInt64LE(BigInt(stamp), at);
  }
  if (nonce !== undefined) {
    flags |= NONCE;
    at += nonce.copy(bytes, at);
  }
  if (typeof content === 'number') {
    flags |= NUMBER;
    bytes.writeDoubleLE(content, at);
  } else bytes.set(content, at);
  bytes[0] = flags;
  return bytes;
}

/**
 * Reads a frame; the cell is a view of the bytes.
 *
 * @throws StoreError `FORMAT` for one of a later release, `CORRUPT` for one that is cut
 */
export function unframe(bytes: Buffer): Framed {
  const flags = bytes[0] ?? 0;
  if ((flags & ~KNOWN) !== 0)
    throw new StoreError('FORMAT', `an entry is written by a later release (flags ${flags})`);
  let at = 1;
  let expiresAt = 0;
  let shape = 0;
  let stamp: Stamp | undefined;
  let nonce = '';
  try {
    if (flags & EXPIRES) {
      expiresAt = bytes.readDoubleLE(at);
      at += 8;
    }
    if (flags & SHAPE) {
      shape = bytes.readUInt16LE(at);
      at += 2;
    }
    if (flags & STAMP) {
      stamp = bytes.readBigInt64LE(at);
      at += 8;
    }
    if (flags & NONCE) {
      nonce = bytes.toString('latin1', at, at + NONCE_BYTES);
      at += NONCE_BYTES;
    }
    const cell = flags & NUMBER ? bytes.readDoubleLE(at) : bytes.subarray(at);
    return { cell, expiresAt, shape, stamp, nonce };
  } catch (error) {
    throw new StoreError('CORRUPT', `an entry of ${bytes.length} bytes is cut`, { cause: error });
  }
}
