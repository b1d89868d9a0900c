import type { Change } from '../contract/change.ts';
import type { Watch } from '../contract/watch.ts';

/**
 * What a recipe makes of the changes of a map: read it with `for await`, by one reader. Leaving the loop ends it.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openRegistry, type Changes, type RegistryChange } from 'samemap/recipes';
 * const store = await open('memory:');
 * const changes: Changes<RegistryChange<string>> = openRegistry<string>(store.map('services')).watch();
 * await changes.close();
 * await store.close();
 * ```
 */
export interface Changes<Item> extends AsyncIterableIterator<Item>, AsyncDisposable {
  /** Resolves when it stands: what is written from here on is told. Rejects with the fault that ended it before. */
  readonly ready: Promise<void>;
  /** Ends it: a waiting or later read is done. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes items of the changes that a watch gives.
 *
 * @param step - the items that one change makes, none or several
 */
export function changesOf<Value, Key, Item>(
  watch: Watch<Value, Key>,
  step: (change: Change<Value, Key>) => Iterable<Item>,
): Changes<Item> {
  let waiting: Item[] = [];
  const close = (): Promise<void> => {
    waiting = [];
    return watch.close();
  };
  return {
    ready: watch.ready,
    async next() {
      for (;;) {
        const item = waiting.shift();
        if (item !== undefined) return { done: false, value: item };
        const { done, value } = await watch.next();
        if (done === true) return { done: true, value: undefined };
        waiting.push(...step(value));
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
