import type { Cell, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import {
  AT,
  DELETED,
  EVICTED,
  EXPIRED,
  HAS_EXPIRY,
  HAS_STAMP,
  readStamp,
  RECORD_HEADER,
  SET_BYTES,
  SET_NUMBER,
} from '../../parts/record.ts';
import { STAMPED } from './format.ts';
import { keyLengthAt, keyStart } from './key-probe.ts';
import type { Segment } from './segment.ts';

const TWO_32 = 0x1_0000_0000;

/** The version of a record. */
export function versionAt({ view, versionBase }: Segment, offset: number): number {
  return (
    view.getUint32(offset + AT.version + 4, true) * TWO_32 +
    view.getUint32(offset + AT.version, true) +
    versionBase
  );
}

/** Milliseconds since the epoch, 0 for never. */
export function expiryAt({ bytes, view }: Segment, offset: number): number {
  const flags = bytes[offset + AT.flags] ?? 0;
  return (flags & HAS_EXPIRY) === 0 ? 0 : view.getFloat64(offset + RECORD_HEADER, true);
}

export function stampAt({ bytes, view }: Segment, offset: number): Stamp | undefined {
  const flags = bytes[offset + AT.flags] ?? 0;
  if ((flags & HAS_STAMP) === 0) return undefined;
  return readStamp(view, offset + RECORD_HEADER + ((flags & HAS_EXPIRY) === 0 ? 0 : 8));
}

export function kindAt({ bytes }: Segment, offset: number): number {
  return bytes[offset + AT.kind] ?? 0;
}

/** `true` for records that give a key a value. */
export function isSet(kind: number): boolean {
  return kind === SET_BYTES || kind === SET_NUMBER;
}

/** `true` for records that say that a key has no value. */
export function isRemoval(kind: number): boolean {
  return kind === DELETED || kind === EXPIRED || kind === EVICTED || kind === STAMPED;
}

export function shapeAt({ view }: Segment, offset: number): number {
  return view.getUint16(offset + AT.shape, true);
}

export function mapAt({ view }: Segment, offset: number): number {
  return view.getUint16(offset + AT.map, true);
}

/** How many bytes a record has. */
export function lengthAt({ bytes, view }: Segment, offset: number): number {
  return (
    keyStart(bytes, offset) -
    offset +
    keyLengthAt(bytes, offset) +
    view.getUint32(offset + AT.valueLength, true)
  );
}

export function keyTextAt({ bytes, text }: Segment, offset: number): string {
  const from = keyStart(bytes, offset);
  return text.toString('utf8', from, from + keyLengthAt(bytes, offset));
}

/** The value, where it lies: the bytes are never written again while the store is open. */
export function cellAt({ bytes, view }: Segment, offset: number): Cell {
  const from = keyStart(bytes, offset) + keyLengthAt(bytes, offset);
  if (bytes[offset + AT.kind] === SET_NUMBER) return view.getFloat64(from, true);
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, view.getUint32(offset + AT.valueLength, true));
}

/** {@link cellAt} as a copy that may be kept. */
export function cellCopyAt(segment: Segment, offset: number): Cell {
  const cell = cellAt(segment, offset);
  return cell instanceof Uint8Array ? new Uint8Array(cell) : cell;
}

/** The entry of a record. */
export function storedAt(segment: Segment, offset: number, key: string): Required<Stored> {
  return {
    key,
    value: cellAt(segment, offset),
    version: versionAt(segment, offset),
    expiresAt: expiryAt(segment, offset),
    shape: shapeAt(segment, offset),
  };
}
