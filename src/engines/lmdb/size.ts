import { StoreError } from '../../base/errors.ts';
import type { State } from './state.ts';

/** A page more or less for each tree, and as much again for what is copied on the way. */
const SPARE_BYTES = 64 * 4096;

/**
 * Refuses what would make the file longer than it may be. Free pages are counted as room, and
 * removals alone are never refused.
 *
 * @param bytes - of keys and values that are about to be written
 * @throws StoreError `FULL`
 */
export function checkSize(state: State, bytes: number): void {
  const { mapSizeBytes } = state.settings;
  const { environment } = state;
  const needed = bytes * 2 + SPARE_BYTES;
  if (bytes === 0 || environment.fileBytes() + needed <= mapSizeBytes) return;
  const { usedBytes } = environment.size();
  if (usedBytes + needed <= mapSizeBytes) return;
  throw new StoreError(
    'FULL',
    `lmdb: ${usedBytes} bytes are in use and ${bytes} more are to be written; mapSizeBytes is ${mapSizeBytes}`,
  );
}
