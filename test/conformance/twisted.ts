// Engines that differ from another one in a few words.
import { commonOf } from '../../src/conformance/services.ts';
import type { SyncCore } from '../../src/contract/core.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import type { SyncMaps } from '../../src/contract/maps.ts';
import type { Services } from '../../src/contract/services.ts';

/** Words that replace those of an engine. */
export interface Twist extends Partial<Services> {
  readonly core?: Partial<SyncCore>;
  readonly maps?: Partial<SyncMaps>;
}

/** An engine with some words of its own. */
export function twisted(engine: SyncEngine, twist: Twist): SyncEngine {
  const { core, maps } = engine;
  const { core: ownCore, maps: ownMaps, ...services } = twist;
  return {
    form: 'sync',
    ...commonOf(engine),
    get lineage() {
      return engine.lineage;
    },
    ...services,
    core: {
      get: (...args) => core.get(...args),
      getMany: (...args) => core.getMany(...args),
      write: (...args) => core.write(...args),
      add: (...args) => core.add(...args),
      commit: (...args) => core.commit(...args),
      page: (...args) => core.page(...args),
      count: (...args) => core.count(...args),
      clear: (...args) => core.clear(...args),
      tryLock: (...args) => core.tryLock(...args),
      reserve: (...args) => core.reserve(...args),
      ...ownCore,
    },
    maps: {
      open: (...args) => maps.open(...args),
      drop: (...args) => maps.drop(...args),
      list: () => maps.list(),
      reshape: (...args) => maps.reshape(...args),
      ...ownMaps,
    },
  };
}
