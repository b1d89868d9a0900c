import { randomInt } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import { type Files, writeAll } from '../../fs/files.ts';
import { Feeds } from '../../parts/feeds.ts';
import { KeyedLocks } from '../../parts/keyed-lock.ts';
import { TimingWheel } from '../../parts/timing-wheel.ts';
import { Tombstones } from '../../parts/tombstones.ts';
import { newSegment, RESERVE, writeState } from './append.ts';
import { expire, expireAt, find, foundIn, undo } from './apply.ts';
import { reserve } from './core.ts';
import { expiryAt } from './cursor.ts';
import { fileError } from '../../fs/errors.ts';
import { BEFORE_IS_SYNCED, ORDINARY } from './format.ts';
import { GroupCommit } from './group-commit.ts';
import { type Hint, takeHint } from './hint.ts';
import { indexSegments, takeIndex } from './indexing.ts';
import { KeyProbe } from './key-probe.ts';
import { newLineage } from './load.ts';
import { RESERVE_NAME, segmentName } from './names.ts';
import type { LogSettings } from './options.ts';
import { recover, type Recovered } from './recovery.ts';
import { Reserve } from './reserve.ts';
import type { Segment } from './segment.ts';
import { addSegment, type State, type Undo } from './state.ts';
import { syncSegments } from './syncing.ts';

/** Opens what is in a directory, or begins a log in it. */
export async function openState(files: Files, settings: LogSettings, clock: Clock): Promise<State> {
  let state: State;
  try {
    state = await begin(files, settings, clock, false);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'FULL') throw error;
    await wrapped(files, () => files.remove(RESERVE_NAME)).catch(() => {
      throw error;
    });
    state = await begin(files, settings, clock, true);
  }
  if (!state.reserve.spent) await state.reserve.make();
  return state;
}

/** @param spent - what was kept back on the disk was given up */
async function begin(files: Files, settings: LogSettings, clock: Clock, spent: boolean): Promise<State> {
  const { state, recovered } = await readState(files, settings, clock, spent);
  try {
    await wrapped(files, () => goOn(state, recovered));
  } catch (error) {
    await state.active.file?.close().catch(() => undefined);
    throw error;
  }
  return state;
}

/** What lies in a directory, before anything is written to it; damage that a crash explains is cut away. */
export async function readState(
  files: Files,
  settings: LogSettings,
  clock: Clock,
  spent = false,
): Promise<{ readonly state: State; readonly recovered: Recovered }> {
  const hint = await wrapped(files, () => takeHint(files, settings.segmentBytes));
  const recovered =
    hint === undefined ? await wrapped(files, () => recover(files, settings.segmentBytes)) : unchanged(hint);
  const state = stateOf(files, settings, clock, recovered, hint?.seed ?? randomInt(1, 2 ** 32), spent);
  if (hint === undefined) index(state, recovered);
  else takeIndex(state, hint);
  const { state: record, clean, last } = recovered;
  if (!clean && last !== undefined && !synced(last)) state.lineage = newLineage();
  if (!clean && recovered.floor > (record?.floor ?? 0)) state.floor = recovered.floor;
  state.commits.durableVersion = state.version;
  state.feeds.advance(state.version);
  return { state, recovered };
}

/** Reads all records. */
function index(state: State, { segments, state: record, clean }: Recovered): void {
  for (const segment of segments) addSegment(state, segment);
  const top = indexSegments(state, segments);
  state.version = clean ? (record?.clean ?? top) : Math.max(top, record?.reserved ?? 0);
}

/** A log of which the hint says that it is as it was closed. */
function unchanged({ segments, state }: Hint): Recovered {
  return {
    segments: [...segments],
    state,
    floor: state.floor,
    clean: true,
    last: segments.findLast(({ ordinary }) => ordinary),
    lastSynced: Infinity,
    nextSegment: 0,
    cutBytes: 0,
    removedFiles: 0,
  };
}

function synced({ header }: Segment): boolean {
  return (header.flags & BEFORE_IS_SYNCED) !== 0;
}

function stateOf(
  files: Files,
  settings: LogSettings,
  clock: Clock,
  recovered: Recovered,
  seed: number,
  spent: boolean,
): State {
  const { state: record } = recovered;
  const commits = new GroupCommit<Undo>({
    files,
    through: settings.durability === 'disk',
    roomBytes: settings.segmentBytes,
    version: () => state.version,
    durable: (version) => onDurable(state, version),
    takeBack: (notes, segment, offset) => takeBack(state, notes, segment, offset),
    full: () => state.reserve.spend(),
    poison: (error) => poison(state, error),
  });
  const state: State = {
    clock,
    settings,
    files,
    lineage: record?.lineage ?? newLineage(),
    version: 0,
    reserved: 0,
    reserving: 0,
    sequence: record?.sequence ?? 0,
    floor: record?.floor ?? 0,
    nextSegment: Math.max(recovered.nextSegment, ...(record?.segments ?? []).map(([id]) => id + 1)),
    beginning: false,
    closed: false,
    fault: undefined,
    tables: [],
    names: new Map(),
    segments: [],
    active: recovered.last ?? newSegment(ORDINARY, 0, 0),
    probe: new KeyProbe(seed),
    answer: { ok: false, at: 0, entry: undefined },
    wheel: new TimingWheel(clock, ({ table, key }, now) => {
      table.expiring.delete(key);
      if (!find(state, table, key)) return;
      const expiresAt = expiryAt(foundIn(state, table), table.directory.offset);
      if (expiresAt > now) expireAt(state, table, key, expiresAt);
      else if (expiresAt !== 0) expire(state, table, key);
    }),
    tombstones: new Tombstones(settings.tombstoneMs, settings.tombstoneCount),
    locks: new KeyedLocks(clock, () => reserve(state, 1)),
    feeds: new Feeds(settings.historyLimit, 0),
    prefaced: new Set(),
    commits,
    reserve: new Reserve(files, settings.segmentBytes, spent),
    indexed: true,
    takenBack: 0,
    onDead: () => undefined,
    found: { cutBytes: recovered.cutBytes, removedFiles: recovered.removedFiles },
  };
  return state;
}

/** Begins to write: reserves versions before any is used. */
async function goOn(state: State, { last, lastSynced, segments }: Recovered): Promise<void> {
  const { settings } = state;
  const through = settings.durability === 'disk';
  if (last !== undefined && synced(last)) await writeAgain(state.files, last, lastSynced);
  // What another process wrote may lie in the system's memory only.
  if (segments.length > 0) await syncSegments(state, (segment) => segment === last || !synced(segment));
  if (last !== undefined && synced(last) === through && last.tail < settings.segmentBytes * 0.75) {
    last.file = await state.files.open(segmentName(last.id), 'open', through);
    last.sealed = false;
    state.active = last;
  } else {
    const flags = through ? BEFORE_IS_SYNCED : 0;
    state.active = newSegment(ORDINARY, state.nextSegment++, flags, last);
    addSegment(state, state.active);
  }
  const reserved = state.version + RESERVE;
  if (reserved > Number.MAX_SAFE_INTEGER)
    throw new StoreError('LIMIT', 'the versions of this log are used up');
  state.reserving = reserved;
  writeState(state);
  await state.commits.durable(state.version + 1);
  await state.commits.settle();
  await syncActive(state);
  state.reserved = reserved;
}

/**
 * After a failed sync the system shows bytes that are not on disk, a record that says that the store was
 * closed in order among them, and another sync does not bring them there; only writing them does.
 */
async function writeAgain(files: Files, segment: Segment, from: number): Promise<void> {
  if (from >= segment.tail) return;
  const file = await files.open(segmentName(segment.id), 'open', false);
  try {
    await writeAll(file, segment.bytes.subarray(from, segment.tail), from);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reserved is what no loss of power can take back, whatever durable means otherwise. */
async function syncActive(state: State): Promise<void> {
  if (state.settings.durability === 'os') await syncSegments(state, (segment) => segment === state.active);
}

function onDurable(state: State, version: number): void {
  state.feeds.advance(version);
  for (const feed of state.prefaced) feed.look();
  if (state.reserving === state.reserved && state.reserved - state.version < RESERVE / 2) extend(state);
  state.onDead();
}

function extend(state: State): void {
  const reserved = state.version + RESERVE;
  state.reserving = reserved;
  writeState(state, {}, () => {
    state.reserving = state.reserved;
  });
  const { active } = state;
  state.commits
    .durable(state.version + 1)
    .then(() => syncSegments(state, (segment) => segment === active))
    .then(
      () => {
        state.reserved = reserved;
      },
      () => undefined,
    );
}

function takeBack(state: State, notes: readonly Undo[], from: Segment, offset: number): void {
  state.takenBack++;
  for (const note of notes) undo(state, note);
  // What lies behind was begun since, and never was.
  for (const segment of state.segments) {
    if (segment === undefined || !segment.ordinary || segment.id <= from.id) continue;
    state.segments[segment.place] = undefined;
  }
  from.cut(offset);
  from.sealed = false;
  state.commits.grouped = false;
  state.active = from;
  state.feeds.retract(state.commits.durableVersion);
  for (const feed of state.prefaced) feed.retract(state.commits.durableVersion);
}

function poison(state: State, error: StoreError): void {
  state.fault = error;
  state.tables.length = 0;
  state.names.clear();
  state.wheel.stop();
  state.locks.close();
  state.feeds.close();
}

async function wrapped<T>(files: Files, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw fileError(`${files.where} could not be opened`, error);
  }
}
