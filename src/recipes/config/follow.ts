import { deepEqual } from '../../base/deep-equal.ts';
import { deferred } from '../../base/deferred.ts';
import type { Changes } from '../changes-of.ts';
import type { ConfigCopy } from './copy.ts';

/**
 * The value of one name, now and each time that it is another, for one reader; a slow one skips to the newest.
 *
 * @param current - the value that stands
 * @param ended - called when it is closed
 */
export function followValue(
  copy: ConfigCopy,
  current: () => unknown,
  signal: AbortSignal | undefined,
  ended: () => void,
): Changes<unknown> {
  let shown: { readonly value: unknown } | undefined;
  let open = true;
  let wake = deferred<void>();
  const stir = (): void => {
    wake.resolve();
    wake = deferred();
  };
  const leave = copy.onChange(stir);
  signal?.addEventListener('abort', stir);
  const close = async (): Promise<void> => {
    open = false;
    ended();
    leave();
    signal?.removeEventListener('abort', stir);
    stir();
  };
  return {
    ready: copy.live,
    async next() {
      for (;;) {
        signal?.throwIfAborted();
        if (!open || copy.ended) return { done: true, value: undefined };
        const value = current();
        if (shown === undefined || !deepEqual(shown.value, value)) {
          shown = { value };
          return { done: false, value };
        }
        await wake.promise;
      }
    },
    async return() {
      await close();
      return { done: true, value: undefined };
    },
    close,
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: close,
  };
}
