/** The size of the buffer that messages are put together in; larger ones get buffers of their own. */
const ROOM = 8192;

/**
 * Writes a message of protocol buffers from its end to its beginning, so that the length of a part is
 * known when it is written. Fields are therefore written last to first.
 */
export class Writer {
  #bytes: Buffer = Buffer.allocUnsafe(ROOM);
  /** Where what has been written begins. */
  #at = ROOM;

  /** How many bytes have been written. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** The message, copied; the writer is empty again. */
  finish(): Buffer {
    const message = Buffer.allocUnsafe(this.length);
    this.#bytes.copy(message, 0, this.#at);
    if (this.#bytes.length > ROOM) this.#bytes = Buffer.allocUnsafe(ROOM);
    this.#at = this.#bytes.length;
    return message;
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
    this.#need(size);
    this.#at -= size;
    let at = this.#at;
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[at++] = (rest % 128) | 128;
    this.#bytes[at] = rest;
  }

  bytes(value: Uint8Array): void {
    this.#need(value.length);
    this.#at -= value.length;
    this.#bytes.set(value, this.#at);
  }

  text(value: string): void {
    this.bytes(Buffer.from(value));
  }

  #need(size: number): void {
    if (this.#at >= size) return;
    const written = this.length;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, written + size));
    this.#bytes.copy(larger, larger.length - written, this.#at);
    this.#at = larger.length - written;
    this.#bytes = larger;
  }
}
