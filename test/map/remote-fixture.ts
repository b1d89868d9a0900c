// A far engine whose feed can be held back and whose requests are counted.
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock, type ManualClock } from '../../src/conformance/manual-clock.ts';
import type { AsyncCore } from '../../src/contract/core.ts';
import type { AsyncEngine } from '../../src/contract/engine.ts';
import type { Feed } from '../../src/contract/services.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open } from '../../src/index.ts';
import type { Store } from '../../src/contract/store.ts';

export interface Far {
  readonly engine: AsyncEngine;
  readonly store: Store;
  readonly clock: ManualClock;
  /** Requests by word, in order. */
  readonly requests: (keyof AsyncCore | 'position')[];
  /** Holds back what feeds give, or lets it come. */
  hold(held: boolean): void;
  /** `true`: `position` rejects. */
  deaf: boolean;
}

/** Opens a store that is far. */
export async function far(words: (core: AsyncCore) => Partial<AsyncCore> = () => ({})): Promise<Far> {
  const clock = manualClock();
  const inner = asynchronous(memoryEngine({}, { clock }));
  const requests: Far['requests'] = [];
  let held = false;
  const wakes = new Set<() => void>();
  const heldFeed = (feed: Feed): Feed => ({
    begin: feed.begin,
    take: () => (held ? undefined : feed.take()),
    onReady(wake) {
      wakes.add(wake);
      feed.onReady(() => {
        if (!held && wakes.delete(wake)) wake();
      });
    },
    get lag() {
      return feed.lag;
    },
    close: () => feed.close(),
  });
  const counted = new Proxy(
    { ...inner.core, ...words(inner.core) },
    {
      get(core, word: keyof AsyncCore) {
        requests.push(word);
        return core[word];
      },
    },
  );
  const engine: AsyncEngine = {
    ...inner,
    get lineage() {
      return inner.lineage;
    },
    core: counted,
    changes: (scope, from) => heldFeed(inner.changes(scope, from)),
    position: async () => {
      requests.push('position');
      if (world.deaf) throw new Error('cannot be reached');
      return await inner.position();
    },
  };
  const store = await open(engine);
  const world: Far = {
    engine,
    store,
    clock,
    requests,
    deaf: false,
    hold(now) {
      held = now;
      if (held) return;
      for (const wake of wakes) {
        wakes.delete(wake);
        queueMicrotask(wake);
      }
    },
  };
  return world;
}
