import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Codec } from '../contract/codec.ts';
import type { Engine } from '../contract/engine.ts';
import type { LoadRequest } from '../contract/services.ts';
import type { MapContext } from './context.ts';
import type { SnapshotHeader, SnapshotMap } from './snapshot-header.ts';

/** A map of a snapshot and where it goes. */
export interface Target {
  /** What the engine is asked to load; `id` is the snapshot's. */
  readonly map: LoadRequest['maps'][number];
  /** Makes references of the cells; only for a map that keeps references. */
  readonly codec: Codec<unknown> | undefined;
}

/** Decides where the maps of a snapshot go. @throws StoreError `FORMAT` when they cannot go there */
export type Choose = (header: SnapshotHeader) => Promise<readonly Target[]>;

/** One map goes into the map of the context: the only one, or the one of the same name. */
export function intoMap(context: MapContext): Choose {
  return async ({ maps }) => {
    const map = maps.length === 1 ? maps[0] : maps.find(({ name }) => name === context.name);
    if (map === undefined) {
      const names = maps.slice(0, 10).map(({ name }) => name);
      throw new StoreError(
        'FORMAT',
        `the snapshot holds ${maps.length} maps (${names.join(', ')}), none called ${context.name}`,
      );
    }
    return [targetOf(map, context)];
  };
}

/**
 * All maps go into those of the same name.
 *
 * @param contextOf - the context of an open handle of a map, if there is one
 */
export function intoStore(engine: Engine, contextOf: (name: string) => MapContext | undefined): Choose {
  return async ({ maps }) => {
    const stored = new Map((await engine.maps.list()).map((info) => [info.name, info]));
    return maps.map((map) => {
      const context = contextOf(map.name);
      if (context !== undefined) return targetOf(map, context);
      const there = stored.get(map.name);
      if (there !== undefined && (there.references || there.codec !== map.codec)) {
        throw otherFormat(map, `it is stored by ${show(there.codec)}`);
      }
      return { map: { ...map, references: false }, codec: undefined };
    });
  };
}

/** @throws StoreError `CONFLICT` naming the map and the count, when one of the targets is not empty */
export async function checkEmpty(engine: Engine, targets: readonly Target[]): Promise<void> {
  const stored = new Map((await engine.maps.list()).map(({ name, id }) => [name, id]));
  for (const { map } of targets) {
    const id = stored.get(map.name);
    if (id === undefined) continue;
    const { count } = await engine.core.count(id, '', undefined);
    if (count === 0) continue;
    const found = `map ${show(map.name)} holds ${count} ${count === 1 ? 'entry' : 'entries'}`;
    throw new StoreError('CONFLICT', `${found}: restore wants it empty, or mode 'replace'`);
  }
}

function targetOf(map: SnapshotMap, { name, format, encoding }: MapContext): Target {
  if (map.codec !== encoding.name) throw otherFormat(map, `this handle wants ${show(encoding.name)}`);
  if (map.shape > format.shape) {
    throw new StoreError(
      'FORMAT',
      `the snapshot has shape ${map.shape} of map ${show(map.name)}, this handle wants ${format.shape}`,
    );
  }
  const { id, shape } = map;
  return {
    map: { id, name, codec: format.codec, shape, references: format.references },
    codec: format.references ? encoding.codec : undefined,
  };
}

function otherFormat(map: SnapshotMap, why: string): StoreError {
  return new StoreError(
    'FORMAT',
    `the snapshot has map ${show(map.name)} by the codec ${show(map.codec)}; ${why}`,
  );
}
