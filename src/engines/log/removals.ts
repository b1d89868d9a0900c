import { Batches, readerOf } from './batches.ts';
import { expiryAt, isSet, stampAt, versionAt } from './cursor.ts';
import { keyLengthAt, keyStart } from './key-probe.ts';
import type { Segment } from './segment.ts';
import type { State } from './state.ts';

/** A record of a removal that compaction could drop. */
export interface Doomed {
  readonly segment: Segment;
  readonly offset: number;
}

const SLICE_BYTES = 1024 * 1024;

/**
 * Which of these removals must be kept: those whose stamp is remembered, and those that an older record
 * of the key in another segment would outlive, which would then come back with the next opening.
 */
export async function removalsNeeded(
  state: State,
  group: readonly Segment[],
  doomed: readonly Doomed[],
  turn: () => Promise<void>,
): Promise<readonly Doomed[]> {
  if (doomed.length === 0) return [];
  const now = state.clock.now();
  const newest = new Map<string, Doomed>();
  const stamps: Doomed[] = [];
  for (const removal of doomed) {
    const { segment, offset } = removal;
    if (versionAt(segment, offset) <= (state.tables[mapOf(removal)]?.clearedAt ?? 0)) continue;
    const id = idOf(removal);
    const other = newest.get(id);
    if (other !== undefined && versionAt(other.segment, other.offset) > versionAt(segment, offset)) continue;
    newest.set(id, removal);
  }
  const kept = new Set<Doomed>();
  for (const removal of newest.values()) {
    const { segment, offset } = removal;
    if (stampAt(segment, offset) !== undefined && expiryAt(segment, offset) > now) stamps.push(removal);
  }
  for (const removal of stamps) kept.add(removal);
  let slice = 0;
  for (const segment of state.segments) {
    if (segment === undefined || segment.staged || group.includes(segment)) continue;
    const own = state.commits.unwritten().find((piece) => piece.segment === segment);
    const batches = new Batches(segment, own?.from ?? segment.tail);
    const reader = readerOf(segment);
    while (batches.next()) {
      reader.end = batches.from;
      while (reader.end < batches.to && reader.next()) {
        slice += reader.end - reader.at;
        if (!isSet(reader.kind)) continue;
        const removal = newest.get(idOf({ segment, offset: reader.at }));
        if (removal === undefined) continue;
        if (versionAt(segment, reader.at) < versionAt(removal.segment, removal.offset)) kept.add(removal);
      }
      if (slice < SLICE_BYTES) continue;
      slice = 0;
      await turn();
    }
  }
  return [...kept];
}

function mapOf({ segment, offset }: Doomed): number {
  return segment.view.getUint16(offset + 12, true);
}

function idOf(removal: Doomed): string {
  const { segment, offset } = removal;
  const from = keyStart(segment.bytes, offset);
  return `${mapOf(removal)}/${segment.text.toString('latin1', from, from + keyLengthAt(segment.bytes, offset))}`;
}
