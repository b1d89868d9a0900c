import { segmentName } from './names.ts';
import type { Segment } from './segment.ts';
import type { State } from './state.ts';

/** Syncs the ordinary segments that are not known to be synced; what lies in them can be told from a crash from then on. */
export async function syncSegments(state: State, which: (segment: Segment) => boolean): Promise<void> {
  const { files } = state;
  for (const segment of state.segments) {
    if (segment === undefined || !segment.ordinary || !segment.begun || !which(segment)) continue;
    const { tail } = segment;
    if (segment.synced >= tail) continue;
    if (segment.file !== undefined) await segment.file.sync();
    else {
      const file = await files.open(segmentName(segment.id), 'open', false);
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    }
    segment.synced = Math.max(segment.synced, tail);
  }
  await files.sync();
}
