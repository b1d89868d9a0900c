import type { Position } from '../../contract/position.ts';
import type { Feed, Scope, StoredChange } from '../../contract/services.ts';
import { PrefacedFeed } from '../../parts/prefaced-feed.ts';
import { keyWithin, storageOf } from './keys.ts';
import { decodeRow } from './row.ts';
import { checkOpen, type State } from './state.ts';

/** A change whose commit is being put together. */
interface Linked extends StoredChange {
  next: Linked | undefined;
}

/** `Services.changes`: from memory where that reaches back far enough, else from the tree first. */
export function changes(state: State, scope: Scope, from: Position | 'now'): Feed {
  checkOpen(state);
  const { feeds, changes: log, version } = state;
  const after = from === 'now' || from.length !== 1 ? undefined : from[0];
  if (after === undefined || after >= version || after < log.floor || feeds.covers(after)) {
    return feeds.open(scope, from, version);
  }
  const missed = commitsSince(state, scope, after);
  if (missed === undefined) {
    state.commits.touch(64);
    return feeds.open(scope, from, version);
  }
  const rest = feeds.open(scope, 'now', version);
  const feed = new PrefacedFeed(
    after,
    missed,
    rest,
    () => state.commits.durable,
    (over) => state.prefaced.delete(over),
  );
  state.prefaced.add(feed);
  return feed;
}

/** The commits in scope above a version, oldest first; nothing when some of them cannot be read. */
function commitsSince(state: State, scope: Scope, after: number): StoredChange[] | undefined {
  const storage = state.tables[scope.map]?.storage;
  const commits: Linked[] = [];
  let last: Linked | undefined;
  const whole = state.changes.replay(after, (kind, at, version, entry) => {
    if (storageOf(at) !== storage) return;
    const key = keyWithin(at);
    if (scope.key === undefined ? !key.startsWith(scope.prefix) : key !== scope.key) return;
    const row = entry === undefined ? undefined : decodeRow(at, entry, entry.length, version, true);
    const change: Linked = {
      kind,
      map: scope.map,
      key,
      version,
      value: row?.value,
      expiresAt: row?.expiresAt ?? 0,
      shape: row?.shape ?? 0,
      previous: undefined,
      previousShape: 0,
      next: undefined,
    };
    if (last?.version === version) last.next = change;
    else commits.push(change);
    last = change;
  });
  return whole ? commits : undefined;
}
