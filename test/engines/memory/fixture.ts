// A memory engine with one map, and short words for its core.
import { type ManualClock, manualClock } from '../../../src/conformance/manual-clock.ts';
import { ANY, type Condition } from '../../../src/contract/condition.ts';
import type { Cell, Stored, SyncCore } from '../../../src/contract/core.ts';
import type { SyncEngine } from '../../../src/contract/engine.ts';
import type { Stamp } from '../../../src/contract/entry.ts';
import type { Feed, Loaded, PointInTime, Scope, StoredChange } from '../../../src/contract/services.ts';
import { memoryEngine, type MemoryOptions } from '../../../src/engines/memory/index.ts';

export const format = { codec: 'test', shape: 0, references: false };

/** What a write may say besides its value. */
export interface WriteOptions {
  readonly map?: number;
  readonly condition?: Condition;
  readonly ifVersion?: number;
  readonly expiresAt?: number;
  readonly stamp?: Stamp;
  readonly shape?: number;
}

export interface Fixture {
  readonly clock: ManualClock;
  readonly engine: SyncEngine;
  readonly core: SyncCore;
  /** Id of the map. */
  readonly map: number;
  /** Writes, or deletes when the cell is `undefined`; a copy of the reply. */
  readonly put: (key: string, cell: Cell | undefined, options?: WriteOptions) => ReplyCopy;
  readonly get: (key: string, map?: number) => StoredCopy | undefined;
  /** All entries, in order. */
  readonly all: (map?: number) => StoredCopy[];
  readonly feed: (scope?: Partial<Scope>) => Feed;
}

export interface ReplyCopy {
  readonly ok: boolean;
  readonly at: number;
  readonly entry: StoredCopy | undefined;
}

export type StoredCopy = Required<Stored>;

/** A borrowed entry as an object of its own. */
export function copy(stored: Stored): StoredCopy;
export function copy(stored: Stored | undefined): StoredCopy | undefined;
export function copy(stored: Stored | undefined): StoredCopy | undefined {
  if (stored === undefined) return undefined;
  const { key, value, version, expiresAt = 0, shape = 0 } = stored;
  return { key, value, version, expiresAt, shape };
}

export function begin(options: MemoryOptions = {}): Fixture {
  const clock = manualClock();
  const engine = memoryEngine(options, { clock, lineage: 'first' });
  const { core } = engine;
  const map = engine.maps.open('map', format).id;
  return {
    clock,
    engine,
    core,
    map,
    put(key, cell, options = {}) {
      const { condition = ANY, ifVersion = 0, expiresAt = 0, stamp, shape = 0 } = options;
      const reply = core.write(options.map ?? map, key, cell, condition, ifVersion, expiresAt, stamp, shape);
      return { ok: reply.ok, at: reply.at, entry: copy(reply.entry) };
    },
    get: (key, of = map) => copy(core.get(of, key).entry),
    all(of = map) {
      const found: StoredCopy[] = [];
      for (let more = true; more;) {
        const last = found.at(-1);
        const page = core.page(of, last === undefined ? '' : `${last.key}\0`, undefined, 1000, false);
        found.push(...page.entries.map((entry) => copy(entry)));
        ({ more } = page);
      }
      return found;
    },
    feed: (scope = {}) =>
      engine.changes({ map, key: undefined, prefix: '', previous: true, ...scope }, 'now'),
  };
}

/** All that a feed has: each commit as its changes, other events by their kind. */
export function drain(feed: Feed): (string[] | string)[] {
  const events: (string[] | string)[] = [];
  for (let event = feed.take(); event !== undefined; event = feed.take()) {
    if (event.kind !== 'commit') {
      if (event.kind === 'gap') events.push('gap');
      continue;
    }
    const changes: string[] = [];
    for (let change: StoredChange | undefined = event.first; change !== undefined; change = change.next) {
      const { kind, key, version } = change;
      const [value = '', previous = ''] = [change.value, change.previous] as (number | undefined)[];
      changes.push(`${kind} ${key} ${previous}>${value} @${version}`);
    }
    events.push(changes);
  }
  return events;
}

/** All entries of a view. */
export async function readView(view: PointInTime): Promise<(Loaded & { readonly map: number })[]> {
  const found: (Loaded & { readonly map: number })[] = [];
  for await (const block of view.blocks()) {
    if (block.kind !== 'entries') throw new Error('a block of records');
    for (const entry of block.entries) found.push({ map: block.map, ...entry });
  }
  return found;
}
