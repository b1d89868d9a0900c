import { type Files, writeAll } from '../../fs/files.ts';
import { RESERVE_NAME } from './names.ts';

/** The most bytes that are kept back. */
const MOST_BYTES = 256 * 1024;

/**
 * Room on the disk that is kept back in a file of zeros and given up when the disk is full, so that
 * there is room to open, to remove and to compact. From then on only what makes room is accepted, until
 * the file could be made again.
 */
export class Reserve {
  readonly #files: Files;
  readonly #bytes: number;
  #making: Promise<void> | undefined;
  #spent: boolean;

  /** @param spent - the file was given up to open the store */
  constructor(files: Files, segmentBytes: number, spent: boolean) {
    this.#files = files;
    this.#bytes = Math.min(MOST_BYTES, segmentBytes);
    this.#spent = spent;
  }

  /** `true`: the disk was full, and nothing is kept back any more. */
  get spent(): boolean {
    return this.#spent;
  }

  /** Gives the room up. */
  async spend(): Promise<void> {
    await this.#making;
    this.#spent = true;
    await this.#files.remove(RESERVE_NAME).catch(() => undefined);
  }

  /** Resolves when the file is not being worked on. */
  async settle(): Promise<void> {
    await this.#making;
  }

  /** Keeps room back, if there is any; never fails. */
  make(): Promise<void> {
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(): Promise<void> {
    try {
      if (!(await this.#files.list()).includes(RESERVE_NAME)) await this.#write();
      this.#spent = false;
    } catch {
      await this.#files.remove(RESERVE_NAME).catch(() => undefined);
    }
  }

  async #write(): Promise<void> {
    const file = await this.#files.open(RESERVE_NAME, 'create', false);
    try {
      // Twice as much first, so that there is room beside what is kept back; only what is on disk is sure of it.
      await writeAll(file, new Uint8Array(this.#bytes * 2), 0);
      await file.sync();
      await file.truncate(this.#bytes);
    } finally {
      await file.close();
    }
  }
}
