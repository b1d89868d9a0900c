import { bury, expireAt } from './apply.ts';
import { lengthAt } from './cursor.ts';
import type { KeyDirectory } from './key-directory.ts';
import type { Segment } from './segment.ts';
import { segmentAt, type State, type Table } from './state.ts';

/**
 * Buries all entries of some maps: those of segments that hold nothing else are not looked at one by one.
 *
 * @param version - by which they are superseded
 * @returns what takes it back, when all that came after it was taken back
 */
export function buryTables(state: State, tables: readonly Table[], version: number): () => void {
  const counts = new Uint32Array(state.segments.length);
  for (const { directory } of tables) directory.countPlaces(counts);
  const undos: (() => void)[] = [];
  const mixed = new Set<number>();
  for (const [place, count] of counts.entries()) {
    if (count === 0) continue;
    const segment = segmentAt(state, place);
    if (segment.liveCount === count) undos.push(buryAll(segment, version));
    else mixed.add(place);
  }
  if (mixed.size > 0)
    undos.push(...tables.map(({ directory }) => buryEach(state, directory, mixed, version)));
  for (const table of tables) undos.push(forgetExpiry(state, table));
  return () => {
    for (const undo of undos) undo();
  };
}

/** Buries all that stands in a segment; what takes it back. */
function buryAll(segment: Segment, version: number): () => void {
  const { liveCount, liveBytes, tail } = segment;
  const dead = segment.markAllDead();
  segment.liveCount = 0;
  segment.liveBytes = 0;
  segment.spentBytes += liveBytes;
  if (version > segment.deadBy) segment.deadBy = version;
  return () => {
    segment.putDead(dead, tail);
    segment.liveCount += liveCount;
    segment.liveBytes += liveBytes;
    segment.spentBytes -= liveBytes;
  };
}

/** Buries those entries of a map that lie in some of the segments; what takes it back. */
function buryEach(
  state: State,
  directory: KeyDirectory,
  places: ReadonlySet<number>,
  version: number,
): () => void {
  directory.forEach((place, offset) => {
    if (places.has(place)) bury(segmentAt(state, place), offset, version);
  });
  return () => {
    directory.forEach((place, offset) => {
      if (places.has(place)) unbury(segmentAt(state, place), offset);
    });
  };
}

/** Takes {@link bury} back. */
function unbury(segment: Segment, offset: number): void {
  const length = lengthAt(segment, offset);
  segment.unmark(offset);
  segment.liveCount++;
  segment.liveBytes += length;
  segment.spentBytes -= length;
}

/** No entry of a map will expire any more; what takes it back. */
function forgetExpiry(state: State, table: Table): () => void {
  const keys = Array.from(table.expiring, ([key, { dueAt }]) => ({ key, dueAt }));
  for (const { key } of keys) expireAt(state, table, key, 0);
  return () => {
    for (const key of Array.from(table.expiring.keys())) expireAt(state, table, key, 0);
    for (const { key, dueAt } of keys) expireAt(state, table, key, dueAt);
  };
}
