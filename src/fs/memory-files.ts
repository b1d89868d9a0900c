import type { Files, OpenFile } from './files.ts';

/** Files in memory: the twin of a directory, for tests and for stores that need no disk. */
export interface MemoryFiles extends Files {
  /** The content by name; what a test puts here is what a store finds. */
  readonly contents: Map<string, Uint8Array>;
}

/** A directory in memory. */
export function memoryFiles(contents: Map<string, Uint8Array> = new Map()): MemoryFiles {
  const nodeOf = (name: string): Uint8Array => {
    const bytes = contents.get(name);
    if (bytes === undefined) throw missing(name);
    return bytes;
  };
  return {
    where: 'memory',
    contents,
    list: async () => Array.from(contents.keys()),
    async read(name, onPart) {
      const bytes = Uint8Array.from(nodeOf(name));
      onPart?.(bytes);
      return bytes;
    },
    async open(name, how) {
      if (how === 'create') {
        if (contents.has(name)) throw coded('EEXIST', name);
        contents.set(name, new Uint8Array(0));
      } else nodeOf(name);
      return memoryFile(contents, name);
    },
    async rename(from, to) {
      contents.set(to, nodeOf(from));
      contents.delete(from);
    },
    async remove(name) {
      nodeOf(name);
      contents.delete(name);
    },
    sync: async () => undefined,
  };
}

function memoryFile(contents: Map<string, Uint8Array>, name: string): OpenFile {
  const resize = (length: number): Uint8Array => {
    const before = contents.get(name) ?? new Uint8Array(0);
    if (before.length === length) return before;
    // Room behind the end makes appending cheap.
    const room =
      before.buffer.byteLength >= length && before.byteOffset === 0
        ? before.buffer
        : new ArrayBuffer(Math.max(length, before.length * 2));
    const after = new Uint8Array(room, 0, length);
    if (room !== before.buffer) after.set(before.subarray(0, length));
    else if (length > before.length) after.fill(0, before.length);
    contents.set(name, after);
    return after;
  };
  return {
    async write(bytes, at) {
      const { length } = contents.get(name) ?? new Uint8Array(0);
      resize(Math.max(length, at + bytes.length)).set(bytes, at);
      return bytes.length;
    },
    sync: async () => undefined,
    truncate: async (length) => void resize(length),
    close: async () => undefined,
  };
}

function missing(name: string): Error {
  return coded('ENOENT', name);
}

function coded(code: string, name: string): Error {
  return Object.assign(new Error(`${code}: ${name}`), { code });
}
