const TWO_28 = 2 ** 28;
const TWO_35 = 2 ** 35;
const TWO_36 = 2 ** 36;

/** Kinds of fields, as they are on the wire. */
const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

/** Reads a message of protocol buffers; what it gives are views of the message. */
export class Reader {
  readonly #bytes: Buffer;
  #at: number;
  #end: number;
  /** The number being read has more than 28 bits. */
  #goesOn = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** `true` until the part that is being read has ended. */
  get more(): boolean {
    return this.#at < this.#end;
  }

  /** A signed number of 64 bits; exact from -2^53 to 2^53, else the nearest there is. */
  int64(): number {
    const low = this.#low();
    if (!this.#goesOn) return low;
    const high = this.#high();
    return (high >= TWO_35 ? high - TWO_36 : high) * TWO_28 + low;
  }

  /** An unsigned number of 64 bits; exact up to 2^53, else the nearest there is. */
  varint(): number {
    const low = this.#low();
    return this.#goesOn ? this.#high() * TWO_28 + low : low;
  }

  /** The lower 28 bits of a number. */
  #low(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 127) << shift;
      this.#goesOn = byte >= 128;
      if (byte < 128) break;
    }
    return value;
  }

  /** The upper 36 bits. */
  #high(): number {
    let value = 0;
    for (let scale = 1; scale < TWO_36; scale *= 128) {
      const byte = this.#byte();
      // Of the tenth byte one bit counts.
      value += (scale === TWO_35 ? byte & 1 : byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('a number of more than ten bytes');
  }

  bytes(): Buffer {
    const length = this.varint();
    const start = this.#at;
    if (length > this.#end - start) throw new RangeError('a field reaches behind the end of its message');
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  /** Reads a message within the message. */
  part<Message>(read: (reader: Reader) => Message): Message {
    const length = this.varint();
    const outer = this.#end;
    if (length > outer - this.#at) throw new RangeError('a field reaches behind the end of its message');
    const end = this.#at + length;
    this.#end = end;
    const message = read(this);
    this.#end = outer;
    this.#at = end;
    return message;
  }

  /** Skips a field that is not in use. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint();
        return;
      case FIXED_64:
        this.#at += 8;
        return;
      case BYTES:
        this.bytes();
        return;
      case FIXED_32:
        this.#at += 4;
        return;
      default:
        throw new RangeError(`a field of the unknown kind ${tag & 7}`);
    }
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (byte === undefined) throw new RangeError('a message ends in the middle of a number');
    this.#at++;
    return byte;
  }
}
