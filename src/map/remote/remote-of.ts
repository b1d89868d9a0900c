import { gatheringCore } from './gathering-core.ts';
import { NearCopy } from './near-copy.ts';
import { nearCore, notingCore } from './near-core.ts';
import type { NearMap, NearSettings } from './near-feed.ts';
import type { Remote } from './remote.ts';

/** Puts what the options of a map ask for before its engine. */
export function remoteOf(map: NearMap, batch: boolean, settings: NearSettings | undefined): Remote {
  const { engine } = map;
  const { core: gathering, erasing } = gatheringCore(engine);
  const gathered = batch ? gathering : engine.core;
  if (settings === undefined) {
    return { core: gathered, many: gathering, erasing, near: undefined, reading: () => gathered };
  }
  const near = new NearCopy(map, settings);
  const core = notingCore(gathered, near);
  const reads = nearCore(core, gathered, near, engine.clock, 0);
  return {
    core,
    many: batch ? core : notingCore(gathering, near),
    erasing: notingCore(erasing, near),
    near,
    reading(options) {
      if (options?.fresh === true) return core;
      const least = options?.minVersion ?? 0;
      return least === 0 ? reads : nearCore(core, gathered, near, engine.clock, least);
    },
  };
}
