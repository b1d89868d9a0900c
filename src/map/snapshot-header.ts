import { StoreError } from '../base/errors.ts';
import { MAP_NAME, MAX_BLOCK_BYTES } from '../contract/limits.ts';
import type { Position } from '../contract/position.ts';
import { corrupt, END_BYTES, viewOf } from './snapshot-format.ts';

/** A map as a snapshot tells of it. */
export interface SnapshotMap {
  /** The number its records carry. */
  readonly id: number;
  readonly name: string;
  /** What `MapFormat.codec` says of its cells. */
  readonly codec: string;
  readonly shape: number;
}

/** What the first frame of a snapshot says. */
export interface SnapshotHeader {
  /** The versions at which it was taken, by partition. */
  readonly position: Position;
  readonly maps: readonly SnapshotMap[];
}

/** What the last frame says. */
export interface SnapshotEnd {
  readonly entries: number;
  /** Frames before it. */
  readonly frames: number;
  /** Checksum of the preamble and all frame headers before it, which hold the checksums of the bodies. */
  readonly chain: number;
}

/** Bytes of a map besides its names: id, shape, lengths of name and codec. */
const MAP_FIXED = 10;
const MAX_CODEC_BYTES = 1024;
const MAX_PARTITIONS = 65_535;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The body of the first frame.
 *
 * @param room - bytes to leave free in front of it
 * @throws StoreError `LIMIT` for more or longer names than the format has room for
 */
export function encodeHeader({ position, maps }: SnapshotHeader, room: number): Uint8Array {
  const texts = maps.map(({ name, codec }) => [encoder.encode(name), encoder.encode(codec)] as const);
  const names = texts.reduce((sum, [name, codec]) => sum + MAP_FIXED + name.length + codec.length, 0);
  const length = 2 + position.length * 8 + names;
  if (length > MAX_BLOCK_BYTES || position.length > MAX_PARTITIONS) {
    throw new StoreError('LIMIT', `the names of ${maps.length} maps do not fit into a snapshot`);
  }
  const bytes = new Uint8Array(room + length);
  const view = viewOf(bytes);
  view.setUint16(room, position.length, true);
  position.forEach((version, i) => view.setBigUint64(room + 2 + i * 8, BigInt(version), true));
  let at = room + 2 + position.length * 8;
  maps.forEach((map, i) => {
    const [name, codec] = texts[i] ?? [new Uint8Array(), new Uint8Array()];
    if (codec.length > MAX_CODEC_BYTES) {
      throw new StoreError(
        'LIMIT',
        `map ${map.name}: the name of its codec is longer than ${MAX_CODEC_BYTES} bytes`,
      );
    }
    view.setUint32(at, map.id, true);
    view.setUint16(at + 4, map.shape, true);
    view.setUint16(at + 6, name.length, true);
    view.setUint16(at + 8, codec.length, true);
    bytes.set(name, at + MAP_FIXED);
    bytes.set(codec, at + MAP_FIXED + name.length);
    at += MAP_FIXED + name.length + codec.length;
  });
  return bytes;
}

/**
 * Reads the body of the first frame.
 *
 * @param count - how many maps the frame announces
 * @param offset - of the body in the snapshot
 * @throws StoreError `CORRUPT` when it is none
 */
export function decodeHeader(body: Uint8Array, count: number, offset: number): SnapshotHeader {
  const reader = new BodyReader(body, offset);
  const position: number[] = [];
  for (let i = reader.uint16(); i > 0; i--) position.push(reader.version());
  const maps: SnapshotMap[] = [];
  const seen = new Set<number | string>();
  for (let i = 0; i < count; i++) {
    const [id, shape, nameLength, codecLength] = [
      reader.uint32(),
      reader.uint16(),
      reader.uint16(),
      reader.uint16(),
    ];
    const map = { id, shape, name: reader.text(nameLength), codec: reader.text(codecLength) };
    if (!MAP_NAME.test(map.name) || seen.has(map.name) || seen.has(id))
      throw corrupt('a map has no name of its own', offset);
    seen.add(map.name).add(id);
    maps.push(map);
  }
  reader.end();
  return { position, maps };
}

export function encodeEnd({ entries, frames, chain }: SnapshotEnd, room: number): Uint8Array {
  const bytes = new Uint8Array(room + END_BYTES);
  const view = viewOf(bytes);
  view.setBigUint64(room, BigInt(entries), true);
  view.setBigUint64(room + 8, BigInt(frames), true);
  view.setUint32(room + 16, chain, true);
  return bytes;
}

export function decodeEnd(body: Uint8Array, offset: number): SnapshotEnd {
  const reader = new BodyReader(body, offset);
  const end = { entries: reader.version(), frames: reader.version(), chain: reader.uint32() };
  if (reader.uint32() !== 0) throw corrupt('the last frame says what it cannot', offset);
  reader.end();
  return end;
}

/** Reads a body from its beginning to its end, never beyond. */
class BodyReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #offset: number;
  #at = 0;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#offset = offset;
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  version(): number {
    const version = Number(this.#view.getBigUint64(this.#take(8), true));
    if (!Number.isSafeInteger(version)) throw corrupt('a number is out of range', this.#offset);
    return version;
  }

  text(length: number): string {
    const at = this.#take(length);
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch {
      throw corrupt('a name is no text', this.#offset);
    }
  }

  /** There must be nothing left. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw corrupt('a frame is longer than what it says', this.#offset);
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw corrupt('a frame is shorter than what it says', this.#offset);
    this.#at += length;
    return at;
  }
}
