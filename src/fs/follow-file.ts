import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../base/errors.ts';
import type { CancelTimer, Clock } from '../base/clock.ts';

/** A file that is followed. */
export interface FollowedFile {
  /** Ends it. Idempotent. */
  close(): void;
}

/** What happens to a file settles in this time: it is written in pieces, or replaced by another. */
const SETTLE_MS = 20;

/** The text of a file. @throws StoreError `IO` when it cannot be read */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new StoreError('IO', `cannot read ${file}: ${String(Reflect.get(cause as object, 'code'))}`, {
      cause,
    });
  }
}

/**
 * Tells the text of a file each time that it is another, also when the file is replaced by renaming, or through a
 * symbolic link beside it, as editors and orchestrators do. It watches the folder, which must exist; that the file is
 * gone is told as a fault.
 *
 * @param known - the text that is known already
 * @param onText - told of each other text; the next one is read when it is done
 * @param onError - told of what cannot be read, and of what `onText` rejects with; following goes on
 */
export function followFile(
  file: string,
  known: string,
  clock: Clock,
  onText: (text: string) => Promise<void>,
  onError: (error: unknown) => void,
): FollowedFile {
  let last: string | undefined = known;
  let again = false;
  let reading = false;
  let open = true;
  let cancel: CancelTimer | undefined;
  const name = path.basename(file);

  const read = async (): Promise<void> => {
    cancel = undefined;
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    do {
      again = false;
      try {
        const text = await readText(file);
        if (!open || text === last) continue;
        last = text;
        await onText(text);
      } catch (error) {
        if (open) onError(error);
      }
    } while (again && open);
    reading = false;
  };

  const watcher = watch(path.dirname(path.resolve(file)), { persistent: false }, (_, changed) => {
    // Names that begin with two dots are links that orchestrators swap.
    const concerns = changed === null || changed === name || changed.startsWith('..');
    if (concerns && open) cancel ??= clock.after(SETTLE_MS, () => void read(), true);
  });
  watcher.on('error', onError);
  return {
    close() {
      open = false;
      cancel?.();
      watcher.close();
    },
  };
}
