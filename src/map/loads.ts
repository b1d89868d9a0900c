import { StoreError } from '../base/errors.ts';
import type { CallOptions, Ttl } from '../contract/calls.ts';
import type { MapContext } from './context.ts';
import { engineState } from './engine-state.ts';
import { runAsync } from './phrases/drivers.ts';
import { computed, insert } from './phrases/inserts.ts';

/** What the caller of `getOrInsertComputed` gives. */
export type Load = (key: unknown, context: { readonly signal: AbortSignal }) => unknown;

/**
 * The value that stands, or, where none does, the one that `load` gives, now written. Callers of one key
 * share one load in this process, whichever handle they use; each reads and writes for itself, so that none
 * is told a value that was gone before it asked.
 */
export async function loadOnce(
  context: MapContext,
  key: unknown,
  text: string,
  load: Load,
  options: (CallOptions & { readonly ttlMs?: Ttl | undefined }) | undefined,
): Promise<unknown> {
  const { loads } = engineState(context.engine);
  let leave = (): void => undefined;
  let gone = false;
  const shared = async (): Promise<unknown> => {
    // A caller that stopped waiting while it read begins nothing.
    if (gone) throw new StoreError('CLOSED', 'getOrInsertComputed: nobody waits any more');
    const joined = loads.join(`${context.name}\0${text}`, async (signal) => await load(key, { signal }));
    leave = joined.leave;
    return await joined.result;
  };
  try {
    const phrase = insert(context, text, () => computed(context, shared), options?.ttlMs);
    return context.decode(await runAsync(context, 'getOrInsertComputed', phrase, options));
  } finally {
    gone = true;
    leave();
  }
}
