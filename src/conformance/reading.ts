import assert from 'node:assert/strict';
import type { Change, Put, Removal } from '../contract/change.ts';
import type { Watch } from '../contract/watch.ts';

/** A change of an entry, as opposed to a word about the watch itself. */
export type EntryChange<Value, Key = string> = Put<Value, Key> | Removal<Value, Key>;

/** Whether a change is one of an entry. */
export function isEntryChange<Value, Key>(change: Change<Value, Key>): change is EntryChange<Value, Key> {
  return 'key' in change;
}

/** Reads one change. */
export async function next<Value, Key>(watch: Watch<Value, Key>): Promise<Change<Value, Key>> {
  const step = await watch.next();
  assert.equal(step.done, false, 'the watch ended');
  return step.value;
}

/** The next step of a watch that is no progress: that may be told at any time. */
export async function pastProgress<Value, Key>(
  watch: Watch<Value, Key>,
): Promise<IteratorResult<Change<Value, Key>>> {
  for (;;) {
    const step = await watch.next();
    if (step.done === true || step.value.type !== 'progress') return step;
  }
}

/** Reads up to and with the first change that fits. */
export async function until<Value, Key>(
  watch: Watch<Value, Key>,
  fits: (change: Change<Value, Key>) => boolean,
): Promise<Change<Value, Key>[]> {
  const read: Change<Value, Key>[] = [];
  for (;;) {
    const change = await next(watch);
    read.push(change);
    if (fits(change)) return read;
  }
}

/** Reads up to and with `live`. */
export function untilLive<Value, Key>(watch: Watch<Value, Key>): Promise<Change<Value, Key>[]> {
  return until(watch, (change) => change.type === 'live');
}

/** Reads entry changes up to and with the one of this key; words about the watch are left out. */
export async function untilKey<Value, Key>(
  watch: Watch<Value, Key>,
  key: Key,
): Promise<EntryChange<Value, Key>[]> {
  const read = await until(watch, (change) => isEntryChange(change) && change.key === key);
  return read.filter(isEntryChange);
}

/**
 * Reads up to the change of this key, and on to `live` when that came as state: then the reader knows all.
 *
 * @param live - whether the reader was live before
 */
export async function untilKnown<Value, Key>(
  watch: Watch<Value, Key>,
  key: Key,
  live = true,
): Promise<Change<Value, Key>[]> {
  let found = false;
  let isLive = live;
  return until(watch, (change) => {
    if (change.type === 'live') isLive = true;
    else if (change.type === 'reset') isLive = false;
    else if (isEntryChange(change)) found ||= change.key === key;
    return found && isLive;
  });
}

/** Reads as many entry changes; words about the watch are left out. */
export async function take<Value, Key>(
  watch: Watch<Value, Key>,
  count: number,
): Promise<EntryChange<Value, Key>[]> {
  const read: EntryChange<Value, Key>[] = [];
  while (read.length < count) {
    const change = await next(watch);
    if (isEntryChange(change)) read.push(change);
  }
  return read;
}

/** What a reader knows who has followed the changes. */
export function fold<Value, Key>(
  known: Map<Key, Value>,
  changes: Iterable<Change<Value, Key>>,
): Map<Key, Value> {
  for (const change of changes) {
    if (change.type === 'reset') known.clear();
    else if (change.type === 'insert' || change.type === 'update') known.set(change.key, change.value);
    else if (change.type === 'delete' || change.type === 'expire') known.delete(change.key);
  }
  return known;
}

/** A change in short: `insert a 1`, `delete a`, `live`. */
export function brief<Value, Key>(change: Change<Value, Key>): string {
  const replay = 'replay' in change ? 'replay ' : '';
  if (change.type === 'insert' || change.type === 'update') {
    return `${replay}${change.type} ${String(change.key)} ${String(change.value)}`;
  }
  return isEntryChange(change) ? `${replay}${change.type} ${String(change.key)}` : change.type;
}
