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

/**
 * Does what must be done, later if another thread is in the way. In a damaged buffer it is not done: nobody waits
 * for it who could be told.
 */
export function persist(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (isBusy(error)) afterMachineMs(PAUSE_MS, () => persist(run));
    else if (!(error instanceof StoreError && error.code === 'CORRUPT')) throw error;
  }
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
