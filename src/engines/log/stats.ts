import { storedTables } from './maps.ts';
import type { State } from './state.ts';

/** Sizes and counts of a log. */
export function statsOf(state: State): Readonly<Record<string, number>> {
  const tables = storedTables(state);
  const segments = state.segments.filter((segment) => segment !== undefined && !segment.staged);
  let liveBytes = 0;
  let logBytes = 0;
  for (const segment of segments) {
    liveBytes += segment?.liveBytes ?? 0;
    logBytes += segment?.tail ?? 0;
  }
  return {
    maps: tables.length,
    entries: tables.reduce((sum, { directory }) => sum + directory.size, 0),
    expiringEntries: state.wheel.size,
    tombstones: state.tombstones.size,
    segments: segments.length,
    logBytes,
    liveBytes,
    deadBytes: logBytes - liveBytes,
    reclaimableBytes: segments.reduce((sum, segment) => sum + (segment?.spentBytes ?? 0), 0),
    indexBytes: tables.reduce((sum, { directory }) => sum + directory.bytes, 0),
    pendingBytes: state.commits.pendingBytes,
    cutBytes: state.found.cutBytes,
    removedFiles: state.found.removedFiles,
    locks: state.locks.size,
    lockWaiters: state.locks.waiters,
    feeds: state.feeds.size,
    feedLagCommits: state.feeds.lag,
    historyChanges: state.feeds.historySize,
  };
}
