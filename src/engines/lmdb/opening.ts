import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import { holdDirectory } from '../../fs/holder.ts';
import { Feeds } from '../../parts/feeds.ts';
import { KeyedLocks } from '../../parts/keyed-lock.ts';
import { Tombstones } from '../../parts/tombstones.ts';
import { ChangeLog } from './change-log.ts';
import { alone, compact } from './compact.ts';
import { type Environment, openEnvironment, TREES } from './environment.ts';
import { translated } from './errors.ts';
import { Expiry } from './expiry.ts';
import { closeToOthers, currentFile } from './files.ts';
import { GroupCommit } from './group-commit.ts';
import { KnownKeys } from './known-keys.ts';
import { newLineage } from './load.ts';
import { noteTables, reloadTables } from './maps.ts';
import { encodeNote, readNote, readNumber } from './note.ts';
import type { LmdbSettings } from './options.ts';
import { checkSize } from './size.ts';
import type { State } from './state.ts';
import { recallStones } from './stones.ts';
import { Tree } from './tree.ts';
import { Upkeep } from './upkeep.ts';
import { reserve, reserveAhead, RESERVED_AT_ONCE } from './versions.ts';

/** The version of the layout (docs/formats/lmdb.md). */
const FORMAT = 1;

/** What tests put in the place of something. */
export interface LmdbInternals {
  readonly clock: Clock;
  /** Share of its time that the event loop was busy since the last call. */
  readonly load?: (() => number) | undefined;
  /** Wraps the file that was opened. */
  readonly environment?: ((opened: Environment) => Environment) | undefined;
}

/** Opens a store. Whatever fails, the directory is let go of. */
export async function openState(
  settings: LmdbSettings,
  internals: LmdbInternals,
  waitMs: number,
): Promise<State> {
  const letGo = await holdDirectory(settings.dir, waitMs);
  let environment: Environment | undefined;
  try {
    const name = await currentFile(settings.dir);
    const opened = openEnvironment(settings.dir, name, settings.durability === 'disk');
    environment = internals.environment?.(opened) ?? opened;
    await closeToOthers(settings.dir, name);
    environment.checkReaders();
    const lineage = await begin(environment);
    const state = stateOf(settings, internals, environment, lineage, letGo);
    reloadTables(state);
    recallStones(state);
    state.expiry.begin();
    state.upkeep.begin();
    return state;
  } catch (error) {
    await environment?.close();
    await letGo();
    throw error;
  }
}

/** Checks the layout, or writes it into a new file; reserves versions above all that were. The lineage. */
async function begin(environment: Environment): Promise<string> {
  const { trees } = environment;
  const meta = new Tree(trees.meta);
  const format = readNote(meta, 'format');
  if (format !== undefined && format !== FORMAT) {
    throw new StoreError(
      'FORMAT',
      `lmdb: the file has layout ${JSON.stringify(format)}, this release knows ${FORMAT}`,
    );
  }
  const known = readNote(meta, 'lineage');
  if (format !== undefined && typeof known !== 'string') {
    throw new StoreError('CORRUPT', 'lmdb: the file does not say its lineage');
  }
  const lineage = typeof known === 'string' ? known : newLineage();
  const reserved = readNumber(meta, 'reserved', 0);
  try {
    await environment.batch(() => {
      if (format === undefined) trees.meta.put('format', encodeNote('format', FORMAT));
      if (known === undefined) trees.meta.put('lineage', encodeNote('lineage', lineage));
      trees.meta.put('begun', encodeNote('begun', reserved));
      trees.meta.put('reserved', encodeNote('reserved', reserved + RESERVED_AT_ONCE));
    });
  } catch (error) {
    throw translated(error, 'lmdb: the file cannot be written to');
  }
  return lineage;
}

function stateOf(
  settings: LmdbSettings,
  internals: LmdbInternals,
  environment: Environment,
  lineage: string,
  letGo: () => Promise<void>,
): State {
  const { clock } = internals;
  environment.renew();
  const trees = Object.fromEntries(
    TREES.map((name) => [name, new Tree(environment.trees[name])]),
  ) as State['trees'];
  const version = readNumber(trees.meta, 'begun', 0);
  const made: { state: State | undefined } = { state: undefined };
  const self = (): State => state;
  const state: State = {
    clock,
    settings,
    lineage,
    version,
    reserved: readNumber(trees.meta, 'reserved', 0),
    fault: undefined,
    environment,
    trees,
    tables: [undefined],
    names: new Map(),
    storages: 0,
    storagesChanged: false,
    known: new KnownKeys(),
    changes: new ChangeLog(trees.changes, trees.meta, settings, () => made.state?.version ?? version),
    commits: new GroupCommit(
      {
        environment: () => state.environment,
        version: () => state.version,
        prepare: (bytes) => prepare(state, bytes),
        handOver: () => {
          for (const tree of TREES) trees[tree].handOver();
        },
        committed: (through) => committed(state, through),
        retracted: (after) => retracted(state, after),
        poisoned: (fault) => {
          state.fault = fault;
          state.tables.length = 0;
          state.expiry.stop();
          state.upkeep.stop();
          state.locks.close();
          state.feeds.close();
        },
      },
      version,
      settings.commitMs,
    ),
    expiry: new Expiry(self),
    tombstones: new Tombstones(settings.tombstoneMs, settings.tombstoneCount),
    damagedStones: 0,
    locks: new KeyedLocks(clock, () => reserve(state, 1)),
    feeds: new Feeds(settings.historyLimit, version),
    prefaced: new Set(),
    upkeep: new Upkeep(self, () => alone(state, () => compact(state, () => undefined)), internals.load),
    views: new Set(),
    alone: Promise.resolve(),
    closing: undefined,
    letGo,
  };
  made.state = state;
  return state;
}

function prepare(state: State, bytes: number): void {
  checkSize(state, bytes);
  state.changes.seal(state.clock.now());
  noteTables(state);
}

function committed(state: State, through: number): void {
  state.environment.renew();
  for (const tree of TREES) state.trees[tree].committed();
  state.feeds.advance(through);
  for (const feed of state.prefaced) feed.look();
  reserveAhead(state);
  state.upkeep.begin();
}

function retracted(state: State, after: number): void {
  for (const tree of TREES) state.trees[tree].retract();
  state.known.clear();
  state.changes.reload();
  reloadTables(state);
  const lineage = readNote(state.trees.meta, 'lineage');
  if (typeof lineage === 'string') state.lineage = lineage;
  state.tombstones.clear();
  recallStones(state);
  state.feeds.retract(after);
  for (const feed of state.prefaced) feed.retract(after);
  state.expiry.begin();
}
