import { constants, fdatasync, read, write, type PathLike } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from './errors.ts';
import type { Files, OpenFile } from './files.ts';

/** Reads are made in parts of this length, so that one can be looked at while the next is being read. */
const READ_BYTES = 2 ** 22;

/**
 * Makes a directory that only this user can enter, and those above it, durably; nothing when it is there.
 * One by one: where the system takes a path and lets nothing be made in it, as below `/proc`, the
 * recursive call of Node.js 20 never comes back.
 */
export async function makeDirectory(directory: string): Promise<void> {
  const whole = path.resolve(directory);
  if (await isDirectory(whole)) return;
  const above = path.dirname(whole);
  if (above !== whole) await makeDirectory(above);
  try {
    await mkdir(whole, 0o700);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST' || !(await isDirectory(whole))) throw error;
  }
  await syncDirectory(above);
}

async function isDirectory(where: string): Promise<boolean> {
  try {
    return (await stat(where)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The files of a directory of this machine. */
export function nodeFiles(directory: string): Files {
  const pathOf = (name: string): string => path.join(directory, name);
  return {
    where: directory,
    list: () => readdir(directory),
    read: (name, onPart, most) => readWhole(pathOf(name), onPart, most),
    async open(name, how, through) {
      const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW, O_DSYNC } = constants;
      const flags =
        O_WRONLY |
        (O_NOFOLLOW ?? 0) |
        (how === 'create' ? O_CREAT | O_EXCL : 0) |
        (through ? (O_DSYNC ?? 0) : 0);
      return openFile(await open(pathOf(name), flags, 0o600));
    },
    rename: (from, to) => rename(pathOf(from), pathOf(to)),
    remove: (name) => rm(pathOf(name)),
    sync: () => syncDirectory(directory),
  };
}

async function readWhole(file: PathLike, onPart?: (part: Uint8Array) => void, most = 0): Promise<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const { size } = await handle.stat();
    const capacity = Math.max(size, Math.min(size * 2, most));
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(capacity).buffer, 0, size);
    let before = bytes.subarray(0, 0);
    for (let at = 0; at < size;) {
      const reading = readAt(handle.fd, bytes, at, Math.min(size - at, READ_BYTES));
      if (before.length > 0) onPart?.(before);
      const read = await reading;
      if (read === 0) throw new Error(`${String(file)} became shorter while it was read`);
      before = bytes.subarray(at, at + read);
      at += read;
    }
    if (before.length > 0) onPart?.(before);
    return bytes;
  } finally {
    await handle.close();
  }
}

function readAt(fd: number, bytes: Uint8Array, at: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, bytes, at, length, at, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

function openFile(handle: FileHandle): OpenFile {
  const { fd } = handle;
  return {
    // By callback: half of the cost of the promises of the handle.
    write: (bytes, at) =>
      new Promise((resolve, reject) => {
        write(fd, bytes, 0, bytes.length, at, (error, written) => {
          if (error === null) resolve(written);
          else reject(error);
        });
      }),
    sync: () =>
      new Promise((resolve, reject) => {
        fdatasync(fd, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      }),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}
