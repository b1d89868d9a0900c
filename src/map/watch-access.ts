import { StoreError } from '../base/errors.ts';
import type { PageReply, Reply, Stored } from '../contract/core.ts';
import type { Position } from '../contract/position.ts';
import type { Feed, Scope } from '../contract/services.ts';
import type { StateEntry, StatePage, StateRequest } from './catch-up.ts';
import type { MapContext } from './context.ts';

/**
 * What a watcher asks of an engine, the same for both forms: answers come by callback, once, within
 * the call or after it. Faults go to `fail`.
 */
export interface WatchAccess {
  /** How many partitions a position has. */
  readonly partitions: number;
  /** `true`: a feed that gives nothing has given all that is durable. */
  readonly atOnce: boolean;
  /** The lineage of the history as it is now. */
  lineage(): string;
  /** Opens a feed. */
  feed(from: Position | 'now', begun: (begin: Position) => void, fail: Fail): Feed;
  /** Reads a part of the state and waits until it is durable. */
  read(request: StateRequest, answer: (page: StatePage) => void, fail: Fail): void;
  /** The position of the newest durable commit. */
  head(answer: (position: Position) => void, fail: Fail): void;
}

type Fail = (error: unknown) => void;

/** What is decoded of what an engine answers. */
export type Decoding = Pick<MapContext, 'engine' | 'decodeKey' | 'decode'>;

/** {@link WatchAccess} to a part of a map. */
export function accessTo(context: Decoding, scope: Scope): WatchAccess {
  const { engine } = context;
  const page = ({ at, entries, more }: PageReply): StatePage => ({
    at,
    entries: entries.map((stored) => decoded(context, stored)),
    more,
  });
  const single = ({ at, entry }: Reply): StatePage => ({
    at,
    entries: entry === undefined ? [] : [decoded(context, entry)],
    more: false,
  });

  const read: WatchAccess['read'] = (request, answer, fail) => {
    const { start, end, limit, reverse } = request;
    const { map, key } = scope;
    if (engine.form === 'sync') {
      try {
        const { core } = engine;
        const found =
          key === undefined ? page(core.page(map, start, end, limit, reverse)) : single(core.get(map, key));
        whenDurable(found);
      } catch (error) {
        const free = engine.retry?.(error);
        if (free === undefined) fail(error);
        else free.then(() => read(request, answer, fail), fail);
      }
    } else {
      const { core } = engine;
      const found =
        key === undefined
          ? core.page(map, start, end, limit, reverse).then(page)
          : core.get(map, key).then(single);
      found.then(whenDurable, fail);
    }

    function whenDurable(found: StatePage): void {
      if (engine.durable === undefined) answer(found);
      else engine.durable(found.at).then(() => answer(found), takenBack);
    }

    /** What was taken back never was: what stands instead is read. */
    function takenBack(error: unknown): void {
      if (error instanceof StoreError && error.retryable) read(request, answer, fail);
      else fail(error);
    }
  };

  return {
    partitions: engine.supports.partitions,
    atOnce: engine.form === 'sync',
    lineage: () => engine.lineage,
    feed: (from, begun, fail) => {
      const feed = engine.changes(scope, from);
      feed.begin.then(begun, fail);
      return feed;
    },
    read,
    head: (answer, fail) => void engine.position().then(answer, fail),
  };
}

/** Decodes at once, because what a core answers is only lent. */
function decoded(context: Decoding, stored: Stored): StateEntry {
  const { key: text, version, expiresAt = 0 } = stored;
  try {
    const key = context.decodeKey(text);
    return { text, key, value: context.decode(stored), invalid: undefined, version, expiresAt };
  } catch (error) {
    return { text, key: undefined, value: undefined, invalid: error as Error, version, expiresAt };
  }
}
