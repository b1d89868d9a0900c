import type { Scope, StoredChange } from '../../contract/services.ts';
import { DELETED, EVICTED, EXPIRED } from '../../parts/record.ts';
import { Batches, readerOf } from './batches.ts';
import { cellCopyAt, expiryAt, isSet, keyTextAt, kindAt, shapeAt, versionAt } from './cursor.ts';
import type { Segment } from './segment.ts';
import type { State } from './state.ts';

/** A record of a key in scope. */
interface Found {
  readonly segment: Segment;
  readonly offset: number;
  readonly version: number;
  readonly key: string;
}

/** A change whose commit is being put together. */
interface Linked extends StoredChange {
  next: Linked | undefined;
}

/**
 * The commits in scope above a version, oldest first, read from the segments. All of them are there
 * as long as the version is not below the floor of the log; so is what they replaced.
 */
export function commitsSince(state: State, scope: Scope, after: number): StoredChange[] {
  const found: Found[] = [];
  eachRecord(
    state,
    scope,
    (record) => {
      if (record.version > after) found.push(record);
    },
    after,
  );
  if (found.length === 0) return [];
  const before = new Map<string, Found | undefined>(found.map(({ key }) => [key, undefined]));
  eachRecord(
    state,
    scope,
    (record) => {
      if (record.version > after || !before.has(record.key)) return;
      const newest = before.get(record.key);
      if (newest === undefined || newest.version < record.version) before.set(record.key, record);
    },
    -1,
  );
  found.sort((a, b) => a.version - b.version);
  const commits: Linked[] = [];
  let last: Linked | undefined;
  for (const record of found) {
    const change = changeOf(record, before.get(record.key), scope.previous);
    before.set(record.key, record);
    if (last?.version === change.version) last.next = change;
    else commits.push(change);
    last = change;
  }
  return commits;
}

function changeOf(record: Found, older: Found | undefined, withPrevious: boolean): Linked {
  const { segment, offset, version, key } = record;
  const kind = kindAt(segment, offset);
  const replaced = older !== undefined && isSet(kindAt(older.segment, older.offset)) ? older : undefined;
  const set = isSet(kind);
  const removal = kind === EXPIRED ? 'expire' : kind === EVICTED ? 'evict' : 'delete';
  return {
    kind: set ? (replaced === undefined ? 'insert' : 'update') : removal,
    map: segment.view.getUint16(offset + 12, true),
    key,
    version,
    value: set ? cellCopyAt(segment, offset) : undefined,
    expiresAt: set ? expiryAt(segment, offset) : 0,
    shape: set ? shapeAt(segment, offset) : 0,
    previous:
      replaced !== undefined && withPrevious ? cellCopyAt(replaced.segment, replaced.offset) : undefined,
    previousShape: replaced !== undefined && withPrevious ? shapeAt(replaced.segment, replaced.offset) : 0,
    next: undefined,
  };
}

/** Visits the records in scope of segments that have a version above `above`. */
function eachRecord(state: State, scope: Scope, visit: (record: Found) => void, above: number): void {
  const pieces = state.commits.unwritten();
  for (const segment of state.segments) {
    if (segment === undefined || segment.staged || segment.top + segment.versionBase <= above) continue;
    const own = pieces.filter((piece) => piece.segment === segment);
    const batches = new Batches(segment, own[0]?.from ?? segment.tail);
    while (batches.next()) eachIn(segment, batches.from, batches.to, scope, visit);
    for (const { records, to } of own) eachIn(segment, records, to, scope, visit);
  }
}

function eachIn(
  segment: Segment,
  from: number,
  to: number,
  scope: Scope,
  visit: (record: Found) => void,
): void {
  const reader = readerOf(segment);
  reader.end = from;
  while (reader.end < to && reader.next()) {
    const { at, map, kind } = reader;
    if (map !== scope.map) continue;
    if (!isSet(kind) && kind !== DELETED && kind !== EXPIRED && kind !== EVICTED) continue;
    const key = keyTextAt(segment, at);
    if (scope.key === undefined ? !key.startsWith(scope.prefix) : key !== scope.key) continue;
    visit({ segment, offset: at, version: versionAt(segment, at), key });
  }
}
