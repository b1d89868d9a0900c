import type { CallOptions, Ttl } from '../contract/calls.ts';
import type { Stored } from '../contract/core.ts';
import { limited } from './call-limits.ts';
import type { MapContext } from './context.ts';
import { engineState } from './engine-state.ts';
import { runAsync } from './phrases/drivers.ts';
import { computed, insert } from './phrases/inserts.ts';

/** What the caller of `getOrInsertComputed` gives. */
export type Load = (key: unknown, context: { readonly signal: AbortSignal }) => unknown;

/**
 * The value that stands, or, where none does, the one that `load` gives, now written. Callers of one key
 * share one load in this process, whichever handle they use; each decodes a value of its own.
 */
export async function loadOnce(
  context: MapContext,
  key: unknown,
  text: string,
  load: Load,
  options: (CallOptions & { readonly ttlMs?: Ttl | undefined }) | undefined,
): Promise<unknown> {
  const { loads } = engineState(context.engine);
  const { result, leave } = loads.join(`${context.name}\0${text}`, (signal) =>
    loadAndInsert(context, key, text, load, options?.ttlMs, signal),
  );
  try {
    const stored = await limited('getOrInsertComputed', options, context.engine.clock, () => result);
    return context.decode(stored);
  } finally {
    leave();
  }
}

/** Stores nothing when the load fails, or when nobody wants it any more. */
function loadAndInsert(
  context: MapContext,
  key: unknown,
  text: string,
  load: Load,
  ttl: Ttl | undefined,
  signal: AbortSignal,
): Promise<Stored> {
  const make = async (): Promise<unknown> => await load(key, { signal });
  return runAsync(
    context,
    'getOrInsertComputed',
    insert(context, text, () => computed(context, make), ttl),
    { signal },
  );
}
