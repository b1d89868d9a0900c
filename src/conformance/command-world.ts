import assert from 'node:assert/strict';
import type { Entry } from '../contract/entry.ts';
import type { Atomic, Store } from '../contract/store.ts';
import type { Watch } from '../contract/watch.ts';
import { liftAtomic, liftMap, type LockWords, type Words } from './faces.ts';
import type { ManualClock } from './manual-clock.ts';
import { Model, type ModelEntry, type ModelOutcome } from './model.ts';

/** A lock that a command took. */
export interface HeldLock {
  readonly lock: LockWords<unknown>;
  /** The model's version that the lock has read; 0 for nothing. */
  seen: number;
}

/** A version that nothing ever has. */
const INVENTED = 2 ** 50;

/** The key of the writes that end a run. */
const MARKER = 'zzz marker';

/** A store and the model of it, side by side. */
export class World {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly model: Model = new Model();
  readonly locks: Map<string, HeldLock> = new Map();
  lastNextKey = '';
  /** The store's versions, by the model's. */
  readonly #real = new Map<number, number>();
  /** The model's versions of each key, oldest first. */
  readonly #history = new Map<string, number[]>();
  /** The highest number that the store gave for each key: a version or a fence. */
  readonly #fences = new Map<string, number>();
  readonly #watches: { readonly map: string; readonly watch: Watch<unknown> }[] = [];

  constructor(store: Store, clock: ManualClock) {
    this.store = store;
    this.clock = clock;
    this.model.now = clock.now();
  }

  /** Begins to watch, so that {@link finish} can compare what watchers were told. */
  async start(): Promise<void> {
    for (const map of ['m', 'n']) {
      const watch = this.store.map<unknown>(map).watch();
      this.#watches.push({ map, watch });
      await watch.ready;
    }
  }

  /** A map by the face asked for, or by the one there is. */
  words(map: string, face: 'async' | 'sync'): Words<unknown> {
    const handle = this.store.map<unknown>(map);
    return face === 'sync' && handle.sync !== undefined ? liftMap(handle.sync) : handle;
  }

  atomic(face: 'async' | 'sync'): Atomic {
    const { sync } = this.store;
    return face === 'sync' && sync !== undefined ? liftAtomic(sync.atomic()) : this.store.atomic();
  }

  /** A version of a key, in the model's numbers and in the store's. */
  versionFor(
    which: 'current' | 'stale' | 'invented',
    map: string,
    key: string,
  ): { model: number; real: number } {
    const model =
      which === 'current'
        ? (this.model.entry(map, key)?.version ?? 0)
        : which === 'stale'
          ? (this.#history.get(`${map}/${key}`)?.at(-2) ?? INVENTED)
          : INVENTED;
    return { model, real: this.#real.get(model) ?? model };
  }

  /** An entry of the store is that of the model, by key, value and expiry, and its version is the right one. */
  same(actual: Entry<unknown> | undefined, expected: ModelEntry | undefined, what: string): void {
    const { key, value, expiresAt } = expected ?? {};
    const wanted = expiresAt === undefined ? { key, value } : { key, value, expiresAt };
    const { version, ...found } = actual ?? { version: 0 };
    assert.deepEqual(found, expected === undefined ? {} : wanted, what);
    if (expected !== undefined) assert.equal(version, this.#real.get(expected.version), `${what}: version`);
  }

  /** The store and the model carried out the same write; remembers which version is which. */
  learn(map: string, key: string, model: number, real: number, what: string): void {
    assert.ok(Number.isSafeInteger(real) && real > 0, `${what}: version ${real}`);
    const known = this.#real.get(model);
    assert.ok(known === undefined || known === real, `${what}: two versions in one commit`);
    this.#real.set(model, real);
    const name = `${map}/${key}`;
    const history = this.#history.get(name) ?? [];
    const newest = this.#real.get(history.at(-1) ?? 0) ?? 0;
    assert.ok(real > newest, `${what}: version ${real} after ${newest}`);
    this.#history.set(name, [...history, model]);
  }

  /** A fence is higher than any fence of the key before it, and than the entry's version. */
  learnFence(map: string, key: string, fence: number): void {
    const name = `${map}/${key}`;
    const version = this.#real.get(this.model.entry(map, key)?.version ?? 0) ?? 0;
    assert.ok(fence > Math.max(version, this.#fences.get(name) ?? 0), `fence ${fence}`);
    this.#fences.set(name, fence);
  }

  /** What a conditional write of the store answered is what the model says. */
  sameOutcome(
    map: string,
    key: string,
    actual:
      | { ok: true; version: number; entry: Entry<unknown> | undefined }
      | { ok: false; current: Entry<unknown> | undefined },
    expected: ModelOutcome,
    what: string,
  ): void {
    assert.equal(actual.ok, expected.ok, `${what}: ok`);
    if (actual.ok && expected.ok) {
      this.learn(map, key, expected.version, actual.version, what);
      this.same(actual.entry, expected.entry, what);
    } else if (!actual.ok && !expected.ok) this.same(actual.current, expected.current, what);
  }

  /** Ends locks and watches, and compares everything once more. */
  async finish(): Promise<void> {
    for (const { lock } of this.locks.values()) await lock.release();
    assert.deepEqual((await this.store.inspect()).locks, [], 'locks that are left');
    await this.tick(this.store.supports.expiry.lagMs);
    for (const { map, watch } of this.#watches) {
      const words = this.words(map, 'async');
      const entries: Entry<unknown>[] = [];
      for await (const entry of words.list()) entries.push(entry);
      const expected = this.model.list(map);
      assert.deepEqual(
        entries.map(({ key }) => key),
        expected.map(({ key }) => key),
        `keys of ${map}`,
      );
      for (const [i, entry] of entries.entries()) this.same(entry, expected[i], `${map} in the end`);
      await words.set(MARKER, 0);
      assert.deepEqual(await foldChanges(watch, this.model.now), entries, `what watchers of ${map} know`);
      await watch.close();
    }
  }

  async tick(ms: number): Promise<void> {
    await this.clock.tick(ms);
    this.model.now = this.clock.now();
  }
}

/** Reads a watch up to the marker; the entries that a reader knows by then and that live, in key order. */
async function foldChanges(watch: Watch<unknown>, now: number): Promise<Entry<unknown>[]> {
  const known = new Map<string, Entry<unknown>>();
  let last = 0;
  for await (const change of watch) {
    if (change.type === 'reset') known.clear();
    if (change.type === 'live' && known.delete(MARKER)) break;
    if (change.type === 'live' || change.type === 'progress' || change.type === 'reset') continue;
    if (change.replay !== true) {
      assert.ok(change.version >= last, `watch: version ${change.version} after ${last}`);
      last = change.version;
    }
    const { key } = change;
    if (key === MARKER && change.replay !== true) break;
    const before = known.get(key);
    assert.ok(change.version > (before?.version ?? 0), `watch: ${key} version ${change.version}`);
    if (change.type === 'insert' || change.type === 'update') {
      if (change.replay !== true) assert.equal(change.type, before === undefined ? 'insert' : 'update', key);
      const { value, version, expiresAt } = change;
      known.set(key, expiresAt === undefined ? { key, value, version } : { key, value, version, expiresAt });
    } else {
      assert.ok(before !== undefined || change.replay === true, `watch: ${change.type} of unknown ${key}`);
      known.delete(key);
    }
  }
  // The change of an expiry may come later than the expiry.
  const living = [...known.values()].filter(({ expiresAt = Infinity }) => expiresAt > now);
  return living.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}
