import type { CommandSpec } from '../command.ts';
import { listing, pairs, writeSections, type Row } from '../sections.ts';
import { untouchedMap, withStore } from '../stores.ts';

export const stats: CommandSpec = {
  usage: 'stats',
  summary: 'show the maps and the numbers of the engine',
  formats: ['table', 'simple', 'json'],
  examples: [
    ['samemap stats', 'tables'],
    ['samemap stats -w simple | grep entries', 'a name and a value a line'],
  ],
  run: (call) =>
    withStore(call, async (store) => {
      const maps: Row[] = [];
      let numbers: Readonly<Record<string, number>> = {};
      for (const info of await store.maps(call.limits)) {
        const map = untouchedMap(store, info);
        const entries = await map.count(call.limits);
        maps.push({ map: info.name, codec: info.codec, shape: info.shape, entries });
        numbers = await map.stats();
      }
      await writeSections(call.out, [
        listing('maps', ['map', 'codec', 'shape', 'entries'], maps),
        pairs('engine', { engine: store.supports.engine, ...numbers }),
      ]);
    }),
};

export const inspection: CommandSpec = {
  usage: 'inspect',
  summary: 'show what the engine can do, locks and watchers',
  details:
    'Locks and watchers are those that the engine knows of: of the whole cluster, or of this command alone.',
  formats: ['table', 'simple', 'json'],
  examples: [
    ['samemap inspect', 'tables'],
    ['samemap inspect -w json', 'one JSON object'],
  ],
  run: (call) =>
    withStore(call, async (store) => {
      const { locks, watchers, gauges } = await store.inspect();
      await writeSections(call.out, [
        pairs('supports', store.supports),
        listing('locks', ['map', 'key', 'fence', 'label', 'ageMs', 'waiters'], locks),
        listing('watchers', ['map', 'key', 'prefix', 'lag', 'live'], watchers),
        pairs('gauges', gauges),
      ]);
    }),
};
