import { open, rename, rm, stat } from 'node:fs/promises';
import { fileRefusal } from './exit.ts';

/**
 * Writes a file whole or not at all: beside it first, flushed, then renamed over it. What is no plain
 * file, such as a device, is written directly. Returns the number of bytes.
 *
 * @param onProgress - told how many bytes are written
 */
export async function writeWhole(
  file: string,
  pieces: AsyncIterable<Uint8Array>,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const plain = await isPlainOrAbsent(file);
  const target = plain ? `${file}.partial` : file;
  try {
    const bytes = await writeAll(target, file, pieces, plain, onProgress);
    if (plain) await rename(target, file);
    return bytes;
  } catch (error) {
    if (plain) await rm(target, { force: true });
    throw error;
  }
}

async function writeAll(
  file: string,
  named: string,
  pieces: AsyncIterable<Uint8Array>,
  flush: boolean,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const handle = await open(file, 'w').catch(fileRefusal('write', named));
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      await handle.writeFile(piece);
      bytes += piece.length;
      onProgress(bytes);
    }
    if (flush) await handle.sync();
  } finally {
    await handle.close();
  }
  return bytes;
}

async function isPlainOrAbsent(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return true;
  }
}
