import { StoreError } from '../../base/errors.ts';
import { afterMachineMs } from './liveness.ts';

const busyErrors = new WeakSet<object>();

/** Another thread held what this one may not wait for any longer. */
export function busy(): StoreError {
  const error = new StoreError(
    'TIMEOUT',
    'another thread is busy with these entries: nothing was changed, try again',
  );
  busyErrors.add(error);
  return error;
}

export function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && busyErrors.has(error);
}

/** How long a call that met another thread waits before it tries again, in milliseconds. */
const PAUSE_MS = 1;

/** `SyncEngine.retry`. */
export function retry(error: unknown): Promise<void> | undefined {
  if (!isBusy(error)) return undefined;
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

/** What must be done, later where another thread is in the way; at the latest when the store is closed. */
export class Chores {
  readonly #pending = new Set<() => void>();
  #cancel: (() => void) | undefined;
  #closed = false;

  /**
   * Does it, now or later. Without memory for it, or in a damaged buffer, it is not done.
   *
   * @param failed - who is told of that; nobody unless given
   */
  persist(run: () => void, failed: (error: unknown) => void = () => undefined): void {
    const chore = (): void => {
      try {
        run();
      } catch (error) {
        if (!isOfMemory(error)) throw error;
        failed(error);
      }
    };
    if (this.#closed || attempt(chore)) return;
    this.#pending.add(chore);
    this.#arm();
  }

  /** Does all that was not done yet, waiting for others, and nothing from here on. */
  close(): void {
    this.#cancel?.();
    for (const run of this.#pending) attempt(run);
    this.#closed = true;
    this.#pending.clear();
  }

  #arm(): void {
    this.#cancel ??= afterMachineMs(PAUSE_MS, () => {
      this.#cancel = undefined;
      for (const run of this.#pending) if (attempt(run)) this.#pending.delete(run);
      if (this.#pending.size > 0) this.#arm();
    });
  }
}

/** `false` when another thread is in the way. */
function attempt(run: () => void): boolean {
  try {
    run();
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
  return true;
}

/** What a full or a damaged buffer leads to, also by numbers that were not checked. */
function isOfMemory(error: unknown): boolean {
  if (error instanceof RangeError) return true;
  return error instanceof StoreError && (error.code === 'CORRUPT' || error.code === 'FULL');
}

/** Does what is asked, waiting for other threads without blocking this one. */
export async function patiently<T>(run: () => T): Promise<T> {
  for (;;) {
    try {
      return run();
    } catch (error) {
      const free = retry(error);
      if (free === undefined) throw error;
      await free;
    }
  }
}
