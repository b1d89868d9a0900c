import type { Engine, SyncEngine } from '../contract/engine.ts';

/** What both forms of engine have, but for the lineage, which changes. */
type Common = Omit<SyncEngine, 'form' | 'core' | 'maps' | 'lineage'>;

/**
 * The data and services of an engine, one by one, so that another engine can replace some of them.
 * Words are called as methods of their engine, never taken off it.
 */
export function commonOf(engine: Engine): Common {
  const { partition } = engine;
  return {
    supports: engine.supports,
    clock: engine.clock,
    partition: partition === undefined ? undefined : (key) => engine.partition?.(key) ?? 0,
    durable: engine.durable === undefined ? undefined : async (upTo) => engine.durable?.(upTo),
    position: () => engine.position(),
    changes: (scope, from) => engine.changes(scope, from),
    lock: (map, key, wait) => engine.lock(map, key, wait),
    view: (maps) => engine.view(maps),
    load: (request) => engine.load(request),
    compact: (onProgress) => engine.compact(onProgress),
    inspect: () => engine.inspect(),
    stats: () => engine.stats(),
    close: () => engine.close(),
  };
}
