import { createHash } from 'node:crypto';
import { compareUtf8 } from '../../../base/utf8.ts';
import type { AsyncCore, Stored } from '../../../contract/core.ts';
import type { AsyncEngine } from '../../../contract/engine.ts';
import type { PointInTime, Services } from '../../../contract/services.ts';
import { partitionOf } from './hash.ts';
import { MapIds } from './map-ids.ts';
import { mergedFeed } from './merged-feed.ts';
import { splitLoad } from './split-load.ts';

/**
 * One engine over several, each of which holds the keys of a partition.
 *
 * @param engines - of one partition each, in an order that never changes
 */
export function partitioned(engines: readonly AsyncEngine[]): AsyncEngine {
  const [first] = engines;
  if (first === undefined) throw new TypeError('partitioned: one engine at least');
  const count = engines.length;
  const ids = new MapIds(engines);
  const partition = (key: string): number => partitionOf(key, count);
  let lineages = '';
  let lineage = '';
  return {
    form: 'async',
    supports: { ...first.supports, partitions: count },
    get lineage() {
      const now = engines.map((engine) => engine.lineage).join(' ');
      if (now !== lineages) lineage = createHash('sha256').update(now).digest('hex').slice(0, 40);
      lineages = now;
      return lineage;
    },
    clock: first.clock,
    partition,
    core: coreOf(engines, partition, ids),
    maps: ids.maps,
    ...servicesOf(engines, partition, ids),
  };
}

function coreOf(
  engines: readonly AsyncEngine[],
  partitionOfKey: (key: string) => number,
  ids: MapIds,
): AsyncCore {
  /** The core of a partition, and the number of a map there. */
  const at = (key: string, map: number): readonly [AsyncCore, number] => {
    const partition = partitionOfKey(key);
    // SAFETY: the partition is below the number of engines.
    return [(engines[partition] as AsyncEngine).core, ids.in(partition, map)];
  };
  const everywhere = <Answer>(
    ask: (core: AsyncCore, partition: number) => Promise<Answer>,
  ): Promise<Answer[]> => Promise.all(engines.map(({ core }, partition) => ask(core, partition)));
  return {
    get(map, key) {
      const [core, id] = at(key, map);
      return core.get(id, key);
    },
    async getMany(map, keys) {
      const entries: (Stored | undefined)[] = keys.map(() => undefined);
      const replies = await everywhere(async (core, partition) => {
        const places = [...keys.keys()].filter((i) => partitionOfKey(keys[i] ?? '') === partition);
        if (places.length === 0) return 0;
        const reply = await core.getMany(
          ids.in(partition, map),
          places.map((i) => keys[i] ?? ''),
        );
        for (const [n, i] of places.entries()) entries[i] = reply.entries[n];
        return reply.at;
      });
      return { at: Math.max(...replies), entries };
    },
    write(map, key, ...rest) {
      const [core, id] = at(key, map);
      return core.write(id, key, ...rest);
    },
    add(map, key, ...rest) {
      const [core, id] = at(key, map);
      return core.add(id, key, ...rest);
    },
    commit(guards, operations) {
      const partition = partitionOfKey((guards[0] ?? operations[0])?.key ?? '');
      const inside = <T extends { readonly map: number }>(things: readonly T[]): T[] =>
        things.map((thing) => ({ ...thing, map: ids.in(partition, thing.map) }));
      // SAFETY: the partition is below the number of engines.
      return (engines[partition] as AsyncEngine).core.commit(inside(guards), inside(operations));
    },
    async page(map, start, end, limit, reverse) {
      const pages = await everywhere((core, partition) =>
        core.page(ids.in(partition, map), start, end, limit, reverse),
      );
      const all = pages.flatMap(({ entries }) => entries);
      all.sort((a, b) => (reverse ? compareUtf8(b.key, a.key) : compareUtf8(a.key, b.key)));
      return {
        at: Math.max(...pages.map((page) => page.at)),
        entries: all.slice(0, limit),
        more: all.length > limit || pages.some(({ more }) => more),
      };
    },
    async count(map, start, end) {
      return sumOf(await everywhere((core, partition) => core.count(ids.in(partition, map), start, end)));
    },
    async clear(map, start, end) {
      return sumOf(await everywhere((core, partition) => core.clear(ids.in(partition, map), start, end)));
    },
    tryLock(map, key, request) {
      const [core, id] = at(key, map);
      return core.tryLock(id, key, request);
    },
    // SAFETY: there is one engine at least.
    reserve: (n) => (engines[0] as AsyncEngine).core.reserve(n),
  };
}

function sumOf(replies: readonly { readonly at: number; readonly count: number }[]) {
  const at = Math.max(...replies.map((reply) => reply.at));
  return { at, count: replies.reduce((sum, { count }) => sum + count, 0) };
}

function servicesOf(
  engines: readonly AsyncEngine[],
  partitionOfKey: (key: string) => number,
  ids: MapIds,
): Services {
  return {
    durable: undefined,
    position: async () => (await Promise.all(engines.map((engine) => engine.position()))).flat(),
    changes(scope, from) {
      const foreign = from !== 'now' && from.length !== engines.length;
      const feeds = engines.map((engine, partition) =>
        engine.changes(
          { ...scope, map: ids.in(partition, scope.map) },
          from === 'now' || foreign ? 'now' : [from[partition] ?? 0],
        ),
      );
      return mergedFeed(feeds, foreign ? 'now' : from, foreign);
    },
    async lock(map, key, wait) {
      const partition = partitionOfKey(key);
      // SAFETY: the partition is below the number of engines.
      return await (engines[partition] as AsyncEngine).lock(ids.in(partition, map), key, wait);
    },
    view: (maps) => viewOf(engines, ids, maps),
    load: (request) => splitLoad(engines, partitionOfKey, request),
    async compact(onProgress) {
      for (const [done, engine] of engines.entries()) {
        await engine.compact(() => undefined);
        onProgress({ done: done + 1, total: engines.length, unit: 'entries' });
      }
    },
    async inspect() {
      const all = await Promise.all(engines.map((engine) => engine.inspect()));
      return { locks: all.flatMap(({ locks }) => locks), gauges: sums(all.map(({ gauges }) => gauges)) };
    },
    stats: async () => sums(await Promise.all(engines.map((engine) => engine.stats()))),
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
}

async function viewOf(
  engines: readonly AsyncEngine[],
  ids: MapIds,
  maps: readonly number[] | undefined,
): Promise<PointInTime> {
  const listed = await ids.maps.list(); // so that all of them have numbers here
  const views = await Promise.all(
    engines.map((engine, partition) => engine.view(maps?.map((id) => ids.in(partition, id)))),
  );
  const infos = views.flatMap((view, partition) =>
    view.maps.map((info) => ({ ...info, id: ids.from(partition, info.id) })),
  );
  const byId = new Map(infos.map((info) => [info.id, info]));
  for (const info of listed) if (byId.has(info.id)) byId.set(info.id, info);
  return {
    position: views.flatMap(({ position }) => position),
    maps: [...byId.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    async *blocks() {
      for (const [partition, view] of views.entries()) {
        for await (const block of view.blocks()) {
          if (block.kind === 'entries') yield { ...block, map: ids.from(partition, block.map) };
          else yield block;
        }
      }
    },
    close: () => views.forEach((view) => view.close()),
  };
}

function sums(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const each of all)
    for (const [name, value] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
