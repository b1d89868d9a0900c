import type { MapContext } from './context.ts';
import { accessTo } from './watch-access.ts';
import type { WatchRequest } from './watch-request.ts';
import type { ChangeSource } from './watch-source.ts';
import { listWatcher } from './watchers.ts';

/**
 * Lets a source begin on its map, at once where the engine answers at once, and lists it among the
 * running watchers.
 *
 * @param closed - called when the map is closed
 * @returns what takes the source off the list and stops minding the map
 */
export function openSource(
  context: MapContext,
  source: ChangeSource,
  request: WatchRequest,
  closed: () => void,
): () => void {
  const { engine, name } = context;
  const { key, prefix, previous, start } = request;
  const begin = (map: number): void => source.begin(accessTo(context, { map, key, prefix, previous }), start);
  const part = key === undefined ? (prefix === '' ? {} : { prefix }) : { key };
  try {
    context.checkOpen();
    if (engine.form === 'sync') begin(context.id());
    else context.idAsync().then(begin, (error: unknown) => source.fail(error));
  } catch (error) {
    source.fail(error);
    return () => undefined;
  }
  const unlist = listWatcher(engine, () => ({ map: name, ...part, lag: source.lag, live: source.live }));
  const stopMinding = context.onClose(closed);
  return () => {
    stopMinding();
    unlist();
  };
}
