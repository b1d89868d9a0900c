import type { Cell, CommitReply, CountReply, ManyReply, PageReply, Reply, Stored } from '../contract/core.ts';
import type { FeedEvent, StoredChange } from '../contract/services.ts';

/** Copies of what engines lend: replies that outlive the next call, events that outlive the next take. */

/** What a copy of a cell is made by: bytes are copied, or kept where they are a reference of the caller. */
export type CopyCell = (cell: Cell) => Cell;

export const copyBytes: CopyCell = (cell) => (cell instanceof Uint8Array ? Uint8Array.from(cell) : cell);
export const keepCell: CopyCell = (cell) => cell;

export function copyStored(stored: Stored, copy: CopyCell): Stored {
  const { key, value, version, expiresAt = 0, shape = 0 } = stored;
  return { key, value: copy(value), version, expiresAt, shape };
}

function copyEntry(stored: Stored | undefined, copy: CopyCell): Stored | undefined {
  return stored === undefined ? undefined : copyStored(stored, copy);
}

export function copyReply({ ok, at, entry }: Reply, copy: CopyCell): Reply {
  return { ok, at, entry: copyEntry(entry, copy) };
}

export function copyMany({ at, entries }: ManyReply, copy: CopyCell): ManyReply {
  return { at, entries: entries.map((entry) => copyEntry(entry, copy)) };
}

export function copyPage({ at, entries, more }: PageReply, copy: CopyCell): PageReply {
  return { at, entries: entries.map((entry) => copyStored(entry, copy)), more };
}

export function copyCount({ at, count }: CountReply): CountReply {
  return { at, count };
}

export function copyCommit({ ok, at, failed, current }: CommitReply, copy: CopyCell): CommitReply {
  return { ok, at, failed, current: copyEntry(current, copy) };
}

/** An event that may be kept. */
export function copyEvent(event: FeedEvent): FeedEvent {
  switch (event.kind) {
    case 'commit':
      return { ...event, first: copyChange(event.first) };
    case 'progress':
      return { ...event, position: [...event.position] };
    case 'gap':
      return { kind: 'gap' };
  }
}

function copyChange(first: StoredChange): StoredChange {
  const changes = changesOf(first);
  return (
    changes.reduceRight<StoredChange | undefined>((next, change) => ({ ...change, next }), undefined) ?? first
  );
}

/** The changes of a commit as a list. */
export function changesOf(first: StoredChange): StoredChange[] {
  const changes: StoredChange[] = [];
  for (let change: StoredChange | undefined = first; change !== undefined; change = change.next) {
    changes.push(change);
  }
  return changes;
}
