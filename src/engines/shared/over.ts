import type { Cell } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { coverWords, fitsOver, putCover } from './entries.ts';
import { REDO_NOTHING, REDO_OVER, T_OVER, T_REDO } from './layout.ts';
import { type Memory, threadAt } from './memory.ts';
import { takeVersion } from './versions.ts';

/**
 * Writing over an entry in its place, where nobody watches: what the block is going to hold is written down in the
 * thread's record first. Once `T_REDO` says so the write stands: whoever finds the thread gone carries it out, under the
 * lock of the stripe that the thread still holds. Nobody else looks at the block meanwhile.
 */

/**
 * Writes over an entry; its expiry stays.
 *
 * @returns `false`: the new one is of another size, and needs a block of its own
 */
export function writeOver(
  m: Memory,
  block: number,
  cell: Cell,
  stamp: Stamp | undefined,
  shape: number,
): boolean {
  const { words } = m;
  if (!fitsOver(m, block, cell, stamp)) return false;
  const thread = threadAt(m, m.me);
  const cover = thread + T_OVER;
  putCover(m, cover, block, takeVersion(m), cell, stamp, shape);
  Atomics.store(words, thread + T_REDO, REDO_OVER);
  coverWords(m, cover);
  Atomics.store(words, thread + T_REDO, REDO_NOTHING);
  return true;
}

/** Carries out what a thread that is gone was writing. */
export function redoOver(m: Memory, thread: number): void {
  coverWords(m, thread + T_OVER);
}
