import type { Engine } from '../contract/engine.ts';
import type { StoreInspection } from '../contract/store.ts';

/** What `inspect` tells of a running watcher. */
export type WatcherInfo = StoreInspection['watchers'][number];

const running = new WeakMap<Engine, Set<() => WatcherInfo>>();

/**
 * Lists a watcher among those of its engine until what is returned is called.
 *
 * @param info - tells how the watcher stands at the moment
 */
export function listWatcher(engine: Engine, info: () => WatcherInfo): () => void {
  let watchers = running.get(engine);
  if (watchers === undefined) running.set(engine, (watchers = new Set()));
  watchers.add(info);
  return () => void watchers.delete(info);
}

/** The watchers that run on an engine, in the order in which they began. */
export function watchersOf(engine: Engine): readonly WatcherInfo[] {
  return Array.from(running.get(engine) ?? [], (info) => info());
}
