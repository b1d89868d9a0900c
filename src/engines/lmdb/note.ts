import { StoreError } from '../../base/errors.ts';
import { crc32Of } from '../../parts/checksum.ts';

/**
 * Facts about the store, each under a name: JSON behind a checksum that covers the name, too
 * (docs/formats/lmdb.md).
 */

const SUM = 4;

/** Where facts lie. */
interface Facts {
  /** Length of what was read last. */
  readonly length: number;
  get(name: string): Uint8Array | undefined;
  put(name: string, bytes: Uint8Array): void;
}

export function writeNote(meta: Facts, name: string, fact: unknown): void {
  meta.put(name, encodeNote(name, fact));
}

export function encodeNote(name: string, fact: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(fact));
  const bytes = Buffer.allocUnsafe(SUM + text.length);
  bytes.set(text, SUM);
  bytes.writeUInt32LE(sum(name, text), 0);
  return bytes;
}

/** @throws StoreError `CORRUPT` */
export function readNote(meta: Facts, name: string): unknown {
  const bytes = meta.get(name);
  return bytes === undefined ? undefined : decodeNote(name, bytes, meta.length);
}

/** @throws StoreError `CORRUPT` */
export function decodeNote(name: string, bytes: Uint8Array, length: number): unknown {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  const text = all.subarray(SUM);
  if (length < SUM || sum(name, text) !== all.readUInt32LE(0)) {
    throw new StoreError('CORRUPT', `lmdb: the checksum of the fact ${JSON.stringify(name)} is wrong`);
  }
  return JSON.parse(text.toString());
}

/** A number that a fact must be. @throws StoreError `CORRUPT` */
export function readNumber(meta: Facts, name: string, absent: number): number {
  const fact = readNote(meta, name) ?? absent;
  if (typeof fact === 'number') return fact;
  throw new StoreError('CORRUPT', `lmdb: the fact ${JSON.stringify(name)} is no number`);
}

function sum(name: string, text: Uint8Array): number {
  return crc32Of(text, crc32Of(Buffer.from(name)));
}
