import type { Clock } from './clock.ts';
import type { StoreError } from './errors.ts';

/** How long a call may take and who may cut it short. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
}

/**
 * Settles as `work` does, or rejects with `signal.reason` on abort, or with what `late` returns when
 * `deadlineMs` ran out, whichever comes first. The work itself goes on; a late failure of it is not
 * reported as unhandled. Leaves no listener and no timer behind.
 */
export function within<T>(
  work: Promise<T>,
  limits: CallLimits | undefined,
  clock: Clock,
  late: () => StoreError,
): Promise<T> {
  const signal = limits?.signal;
  const deadlineMs = limits?.deadlineMs;
  if (signal === undefined && deadlineMs === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      signal?.removeEventListener('abort', onAbort);
      cancel?.();
    };
    const onAbort = (): void => {
      leave();
      reject(signal?.reason as Error);
    };
    const cancel =
      deadlineMs === undefined
        ? undefined
        : clock.after(
            deadlineMs,
            () => {
              leave();
              reject(late());
            },
            false,
          );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort);
    work.then(
      (value) => {
        leave();
        resolve(value);
      },
      (error: unknown) => {
        leave();
        reject(error as Error);
      },
    );
  });
}
