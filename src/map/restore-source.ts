import { show } from '../base/options.ts';
import type { SnapshotSource } from '../contract/snapshot.ts';

/** The pieces of a source, one after the other. */
export interface Pieces {
  /** The next piece, valid until the next call; `undefined` at the end. Rejects as the source does. */
  next(): Promise<Uint8Array | undefined>;
  /** Tells the source that no more is wanted; idempotent. */
  close(): void;
}

/** Pieces that can be taken away from who waits for them. */
export class AbandonedPieces implements Pieces {
  readonly #pieces: Pieces;
  #reason: Error | undefined;
  #refuse: ((reason: Error) => void) | undefined;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.check();
      this.#refuse = reject;
      this.#pieces.next().then(resolve, reject);
    });
  }

  /** From now on every wait, the one under way too, ends with this reason. */
  abandon(reason: Error): void {
    this.#reason ??= reason;
    this.#refuse?.(this.#reason);
  }

  /** Throws the reason of {@link abandon}. */
  check(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  close(): void {
    this.#pieces.close();
  }
}

/** @throws TypeError for what is no source */
export function piecesOf(source: SnapshotSource): Pieces {
  if (source instanceof Uint8Array) return iterated([source][Symbol.iterator]());
  if (typeof source === 'object' && source !== null) {
    if ('getReader' in source) return streamed(source.getReader());
    if (Symbol.asyncIterator in source) return iterated(source[Symbol.asyncIterator]());
    if (Symbol.iterator in source) return iterated(source[Symbol.iterator]());
  }
  throw new TypeError(
    `restore: the source must be bytes, or a stream or iterable of bytes, got ${show(source)}`,
  );
}

function streamed(reader: ReadableStreamDefaultReader<Uint8Array>): Pieces {
  let open = true;
  return {
    async next() {
      const { done, value } = await reader.read();
      if (!done) return checked(value);
      open = false;
      return undefined;
    },
    close() {
      if (open) reader.cancel().catch(() => undefined);
      open = false;
    },
  };
}

function iterated(iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>): Pieces {
  let open = true;
  return {
    async next() {
      try {
        const { done, value } = await iterator.next();
        if (done !== true) return checked(value);
      } catch (error) {
        open = false;
        throw error;
      }
      open = false;
      return undefined;
    },
    close() {
      if (open) left(iterator).catch(() => undefined);
      open = false;
    },
  };
}

async function left(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.();
}

/** Refuses what is no bytes; bytes that another thread could change are copied. */
function checked(piece: unknown): Uint8Array {
  if (!(piece instanceof Uint8Array)) {
    throw new TypeError(`restore: the source must be made of Uint8Array pieces, got ${show(piece)}`);
  }
  return piece.buffer instanceof ArrayBuffer ? piece : piece.slice();
}
