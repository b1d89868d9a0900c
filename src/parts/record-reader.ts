import { StoreError } from '../base/errors.ts';
import type { Stamp } from '../contract/entry.ts';
import { MAX_KEY_BYTES } from '../contract/limits.ts';
import { crc32 } from './checksum.ts';
import * as record from './record.ts';

const { AT, RECORD_HEADER } = record;
const TWO_32 = 0x1_0000_0000;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads records where they lie, one after the other, and makes no object for any: `next` moves to the
 * next one and sets the fields. Nothing is read, cut out or allocated before its bounds were checked.
 */
export class RecordReader {
  /** Offset of the current record's first byte. */
  at = 0;
  /** Behind the last byte of the current record; where the next one begins. */
  end = 0;
  kind = 0;
  /** The map's id, with the base added. */
  map = 0;
  /** The version, with the base added. */
  version = 0;
  /** Milliseconds since the epoch, 0 for never. */
  expiresAt = 0;
  shape = 0;
  /** Where the key lies; it ends where the value begins. */
  keyAt = 0;
  valueAt = 0;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #text: Buffer;
  readonly #mapBase: number;
  readonly #versionBase: number;
  readonly #offset: number;
  #stampAt = 0;

  /**
   * @param mapBase - added to the map ids of the records
   * @param versionBase - added to their versions
   * @param offset - of the first byte in its file, for messages
   */
  constructor(bytes: Uint8Array, mapBase = 0, versionBase = 0, offset = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#mapBase = mapBase;
    this.#versionBase = versionBase;
    this.#offset = offset;
  }

  /**
   * Moves to the next record; `false` at the end of the bytes.
   *
   * @throws StoreError `CORRUPT` with the offset, when what lies there is no record
   */
  next(): boolean {
    const at = this.end;
    const bytes = this.bytes;
    if (at === bytes.length) return false;
    if (bytes.length - at < RECORD_HEADER) throw this.#corrupt(at, 'a record header is cut off');
    const view = this.#view;
    const valueLength = view.getUint32(at + AT.valueLength, true);
    const keyLength = view.getUint16(at + AT.keyLength, true);
    const kind = view.getUint8(at + AT.kind);
    const flags = view.getUint8(at + AT.flags);
    const high = view.getUint32(at + AT.version + 4, true) * TWO_32;
    const version = high + view.getUint32(at + AT.version, true) + this.#versionBase;
    const keyAt = at + RECORD_HEADER + extrasLength(flags);
    const valueAt = keyAt + keyLength;
    const end = valueAt + valueLength;
    if (end > bytes.length) throw this.#corrupt(at, 'a record is cut off');
    if (!fits(kind, flags, keyLength, valueLength))
      throw this.#corrupt(at, 'a record has a header that cannot be');
    if (version > Number.MAX_SAFE_INTEGER) throw this.#corrupt(at, 'a version is out of range');
    this.at = at;
    this.end = end;
    this.kind = kind;
    this.map = view.getUint16(at + AT.map, true) + this.#mapBase;
    this.shape = view.getUint16(at + AT.shape, true);
    this.version = version;
    this.expiresAt = 0;
    this.#stampAt = 0;
    this.keyAt = keyAt;
    this.valueAt = valueAt;
    if (flags !== 0) this.#readExtras(flags);
    return true;
  }

  /** The stamp, if the record has one. */
  get stamp(): Stamp | undefined {
    return this.#stampAt === 0 ? undefined : record.readStamp(this.#view, this.#stampAt);
  }

  key(): string {
    return this.#text.toString('utf8', this.keyAt, this.valueAt);
  }

  /** The value: a number, or a copy of its bytes; of a removal, no bytes. */
  cell(): Uint8Array | number {
    if (this.kind === record.SET_NUMBER) return this.#view.getFloat64(this.valueAt, true);
    return new Uint8Array(this.bytes.subarray(this.valueAt, this.end));
  }

  /** `true` when the checksum of the current record is right and its key is UTF-8. */
  verify(): boolean {
    return this.#sum() === this.#view.getUint32(this.at, true) && this.#keyIsText();
  }

  #sum(): number {
    return crc32(this.bytes, this.#view, this.at + 4, this.end);
  }

  #keyIsText(): boolean {
    const { bytes, valueAt } = this;
    const view = this.#view;
    let at = this.keyAt;
    while (at + 4 <= valueAt && (view.getInt32(at, true) & 0x8080_8080) === 0) at += 4;
    while (at < valueAt && (bytes[at] ?? 0) < 0x80) at++;
    if (at === valueAt) return true;
    try {
      decoder.decode(bytes.subarray(at, valueAt));
      return true;
    } catch {
      return false;
    }
  }

  #readExtras(flags: number): void {
    let at = this.at + RECORD_HEADER;
    if (flags & record.HAS_EXPIRY) {
      this.expiresAt = this.#view.getFloat64(at, true);
      if (!(this.expiresAt > 0 && this.expiresAt < Infinity))
        throw this.#corrupt(this.at, 'an expiry is out of range');
      at += 8;
    }
    if (flags & record.HAS_STAMP) this.#stampAt = at;
  }

  #corrupt(at: number, what: string): StoreError {
    return new StoreError('CORRUPT', `${what}, at offset ${this.#offset + at}`);
  }
}

function extrasLength(flags: number): number {
  return ((flags & record.HAS_EXPIRY) === 0 ? 0 : 8) + ((flags & record.HAS_STAMP) === 0 ? 0 : 8);
}

/** Whether a header can be: known kind and flags, and lengths that go with the kind. */
function fits(kind: number, flags: number, keyLength: number, valueLength: number): boolean {
  if (flags > (record.HAS_EXPIRY | record.HAS_STAMP) || keyLength > MAX_KEY_BYTES) return false;
  if (kind >= record.FIRST_CONTROL) return true;
  if (keyLength === 0) return false;
  switch (kind) {
    case record.SET_BYTES:
      return true;
    case record.SET_NUMBER:
      return valueLength === 8;
    case record.DELETED:
    case record.EXPIRED:
    case record.EVICTED:
      return valueLength === 0;
    default:
      return false;
  }
}
