/** The files of one directory: all that an engine asks of a disk, so that a twin can stand in for it. */

/** A file that is open for writing. */
export interface OpenFile {
  /** Writes at an offset and returns how many bytes were written, which may be fewer than asked. */
  write(bytes: Uint8Array, at: number): Promise<number>;
  /** Makes durable what was written. After it failed, nothing is known of the bytes. */
  sync(): Promise<void>;
  /** Makes the file this long. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** A directory of plain files. */
export interface Files {
  /** Names the directory in messages. */
  readonly where: string;
  /** The names in the directory, in no order. */
  list(): Promise<string[]>;
  /**
   * The whole content, in memory of its own.
   *
   * @param onPart - is given each part of it, in order, as soon as it is there and while the next is being read
   * @param most - the buffer may have as much again behind the content, to go on in, up to so many bytes in all
   */
  read(name: string, onPart?: (part: Uint8Array) => void, most?: number): Promise<Uint8Array>;
  /**
   * Opens a file for writing.
   *
   * @param how - `'create'`: a new one that only this user can read, an error if it exists; `'open'`: one that exists
   * @param through - `true`: a write is durable when it returns
   */
  open(name: string, how: 'create' | 'open', through: boolean): Promise<OpenFile>;
  /** Gives a file another name, replacing what has it. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes durable which names the directory has. */
  sync(): Promise<void>;
}

/** Writes all the bytes, however short the single writes are. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, at: number): Promise<void> {
  for (let from = 0; from < bytes.length;) {
    const written = await file.write(from === 0 ? bytes : bytes.subarray(from), at + from);
    if (written <= 0) throw new Error('a write wrote nothing');
    from += written;
  }
}
