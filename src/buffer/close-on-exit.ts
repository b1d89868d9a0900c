import { checkMs, checkOptions } from '../base/options.ts';

/**
 * What {@link closeOnExit} closes: a buffer or a queue.
 *
 * @example
 * ```ts
 * import { closeOnExit, openQueue, type Closing } from 'samemap/buffer';
 * const queue: Closing<string> = await openQueue<string>({ processor: async () => undefined });
 * const forget = closeOnExit(queue);
 * forget();
 * await queue.close();
 * ```
 */
export interface Closing<Item> {
  readonly close: (options?: { readonly deadlineMs?: number }) => Promise<readonly Item[]>;
}

/**
 * How to close when the process ends.
 *
 * @example
 * ```ts
 * import type { CloseOnExitOptions } from 'samemap/buffer';
 * const options: CloseOnExitOptions<{ key: string }> = {
 *   deadlineMs: 5_000,
 *   onUndelivered: (left) => console.error(left.map(({ key }) => key)),
 * };
 * ```
 */
export interface CloseOnExitOptions<Item> {
  /** How long to go on delivering, in milliseconds. @default 10_000 */
  readonly deadlineMs?: number | undefined;
  /** Which signals end the process. @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** Is told what was not delivered, if anything. */
  readonly onUndelivered?: ((left: readonly Item[]) => void | Promise<void>) | undefined;
}

/**
 * Closes a buffer or queue when the process ends: by a signal, which is raised again afterwards so that the
 * process ends as it would have, or by having nothing left to do (`beforeExit`). `process.exit()` and a crash
 * wait for nobody: for those, give the buffer a `store`.
 *
 * @param buffer - what to close
 * @param options - see {@link CloseOnExitOptions}
 * @returns takes the listeners away again
 * @throws TypeError or RangeError for options that are none
 *
 * @example
 * ```ts
 * import { closeOnExit, openBuffer } from 'samemap/buffer';
 * const buffer = await openBuffer<number>({ processor: async () => undefined });
 * const forget = closeOnExit(buffer, { deadlineMs: 5_000 });
 * await buffer.close();
 * forget();
 * ```
 */
export function closeOnExit<Item>(buffer: Closing<Item>, options: CloseOnExitOptions<Item> = {}): () => void {
  checkOptions('closeOnExit', options, ['deadlineMs', 'signals', 'onUndelivered']);
  const { deadlineMs = 10_000, signals = ['SIGTERM', 'SIGINT'], onUndelivered } = options;
  checkMs('closeOnExit: deadlineMs', deadlineMs, 0);
  const close = async (): Promise<void> => {
    const left = await buffer.close({ deadlineMs });
    if (left.length > 0) await onUndelivered?.(left);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    forget();
    const again = (): void => void process.kill(process.pid, signal);
    close().then(again, again);
  };
  const onBeforeExit = (): void => {
    forget();
    close().catch(() => {
      process.exitCode = 1;
    });
  };
  const forget = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('beforeExit', onBeforeExit);
  };
  for (const signal of signals) process.on(signal, onSignal);
  process.on('beforeExit', onBeforeExit);
  return forget;
}
