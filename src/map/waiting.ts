import type { Engine } from '../contract/engine.ts';

/** {@link SyncEngine.retry} of any engine. */
export function retryOf(engine: Engine, error: unknown): Promise<void> | undefined {
  return engine.form === 'sync' ? engine.retry?.(error) : undefined;
}

/** Runs a word of an engine that answers at once, again as long as another thread is in its way. */
export async function whenFree<T>(engine: Engine, run: () => T): Promise<T> {
  for (;;) {
    try {
      return run();
    } catch (error) {
      const free = retryOf(engine, error);
      if (free === undefined) throw error;
      await free;
    }
  }
}
