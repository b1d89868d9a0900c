import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StoreError } from '../base/errors.ts';

/** Bytes put aside: written once from beginning to end, then read back, then gone. */
export interface Spool {
  /** `true`: what was written lies in memory, where nothing else can change it. */
  readonly inMemory: boolean;
  /** Appends a copy of the bytes. @throws StoreError `FULL` or `IO` */
  write(bytes: Uint8Array): Promise<void>;
  /** All that was written, in pieces; each is valid until the next one is asked for. */
  read(): AsyncIterable<Uint8Array>;
  /** Gives everything back; idempotent. A read under way fails. */
  close(): Promise<void>;
}

/** Writes are gathered, and reads made, in pieces of this length. */
const PIECE_BYTES = 1024 * 1024;

/**
 * A spool in a temporary file that only this user can read, and that is removed as soon as it is open
 * where the system allows it, so that not even a crash leaves it behind.
 *
 * @param directory - where to put the file; the system's own for temporary files unless said
 * @throws StoreError `FULL` or `IO` when it cannot be made
 */
export async function fileSpool(directory: string = tmpdir()): Promise<Spool> {
  const file = path.join(directory, `samemap-${randomUUID()}.spool`);
  const handle = await translated(() => open(file, 'wx+', 0o600));
  const removed = await unlink(file).then(
    () => true,
    () => false,
  );
  return new FileSpool(handle, removed ? undefined : file);
}

class FileSpool implements Spool {
  readonly inMemory = false;
  readonly #handle: FileHandle;
  /** To be removed at the end; `undefined` when it already is. */
  readonly #file: string | undefined;
  #gathered: Uint8Array | undefined = new Uint8Array(PIECE_BYTES);
  #fill = 0;
  #length = 0;
  #closing: Promise<void> | undefined;

  constructor(handle: FileHandle, file: string | undefined) {
    this.#handle = handle;
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const gathered = this.#gathered;
    if (gathered === undefined) throw new StoreError('IO', 'the spool is being read, or closed');
    if (bytes.length > gathered.length - this.#fill) await this.#flush(gathered);
    if (bytes.length >= gathered.length) return this.#append(bytes);
    gathered.set(bytes, this.#fill);
    this.#fill += bytes.length;
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const piece = this.#gathered ?? new Uint8Array(PIECE_BYTES);
    if (this.#gathered !== undefined) await this.#flush(this.#gathered);
    this.#gathered = undefined;
    if (this.#closing !== undefined) throw new StoreError('IO', 'the spool is closed');
    for (let at = 0; at < this.#length;) {
      const { bytesRead } = await translated(() => this.#handle.read(piece, 0, piece.length, at));
      if (bytesRead === 0) throw new StoreError('IO', 'the spool file became shorter');
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#gathered = undefined;
    try {
      await this.#handle.close();
    } finally {
      if (this.#file !== undefined) await unlink(this.#file).catch(() => undefined);
    }
  }

  async #flush(gathered: Uint8Array): Promise<void> {
    const fill = this.#fill;
    this.#fill = 0;
    if (fill > 0) await this.#append(gathered.subarray(0, fill));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const { bytesWritten } = await translated(() =>
        this.#handle.write(bytes, from, bytes.length - from, this.#length),
      );
      from += bytesWritten;
      this.#length += bytesWritten;
    }
  }
}

/** Runs a file operation; its error becomes a fault. */
async function translated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new StoreError(full ? 'FULL' : 'IO', `a temporary file failed: ${String(cause)}`, { cause });
  }
}
