import type { CountReply, PageReply, Stored } from '../../contract/core.ts';
import { keyAfter } from '../../base/utf8.ts';
import { OrderedKeys } from '../../parts/ordered-keys.ts';
import { ENTRY, expiryAt, identityOf, keyAt, kindAt, mapAt } from './entries.ts';
import { takeKey } from './keys.ts';
import { BIRTH_COUNT, BIRTHS_ON, EMPTY, TOMB } from './layout.ts';
import type { Local, Table } from './local.ts';
import { lockAll, lockToRead, stripeOf, unlockAll, unlock } from './stripe-lock.ts';
import { findPair, indexOf, pairAt, pairsOf } from './table.ts';
import { newestVersion } from './versions.ts';
import { entryAt, generationOf } from './words.ts';

/** A key that is or was there. */
interface Item {
  readonly key: string;
  /** 0 once it was seen to be gone. */
  version: number;
}

/** The keys of one map in order. */
interface View {
  readonly keys: OrderedKeys<Item>;
  readonly known: Map<string, Item>;
}

/** How many keys are looked up at a time. */
const STEP = 256;
/** Beyond so many keys a view with twice as many as there are entries is made anew. */
const SLACK = 10_000;

/**
 * The order of keys, for one thread. It knows every key that there is, and some that are gone: new keys are
 * announced in shared memory from the first ordered read on, and those that are gone are noticed when they are met. A page
 * is read under all locks.
 */
export class OrderedViews {
  readonly #local: Local;
  readonly #views = new Map<number, View>();
  /** Births that were read. */
  #seen = 0;

  constructor(local: Local) {
    this.#local = local;
  }

  /** `SyncCore.page`. */
  page(table: Table, start: string, end: string | undefined, limit: number, reverse: boolean): PageReply {
    const { m } = this.#local;
    this.#prepare(table);
    lockAll(m, false);
    try {
      const { keys, known } = this.#fresh(table);
      const now = this.#local.clock.now();
      const entries: Stored[] = [];
      let [from, until] = [start, end];
      for (;;) {
        const page = keys.page(from, until, STEP, reverse, 0);
        for (const item of page.entries) {
          const block = this.#find(table, item.key);
          if (block === 0) {
            forget(keys, known, item);
            continue;
          }
          const expiresAt = expiryAt(m, block);
          if (expiresAt !== 0 && expiresAt <= now) continue;
          if (entries.length === limit) return { at: newestVersion(m), entries, more: true };
          entries.push(entryAt(m, block, item.key));
        }
        const last = page.entries.at(-1);
        if (!page.more || last === undefined) return { at: newestVersion(m), entries, more: false };
        if (reverse) until = last.key;
        else from = keyAfter(last.key);
      }
    } finally {
      unlockAll(m);
    }
  }

  /** `SyncCore.count` of a part of a map. */
  count(table: Table, start: string, end: string | undefined): CountReply {
    const { m } = this.#local;
    this.#prepare(table);
    lockAll(m, false);
    try {
      const { keys, known } = this.#fresh(table);
      const now = this.#local.clock.now();
      let count = 0;
      for (let from = start; ;) {
        const page = keys.page(from, end, STEP, false, 0);
        for (const item of page.entries) {
          const block = this.#find(table, item.key);
          if (block === 0) forget(keys, known, item);
          else if (expiryAt(m, block) === 0 || expiryAt(m, block) > now) count++;
        }
        const last = page.entries.at(-1);
        if (!page.more || last === undefined) return { at: newestVersion(m), count };
        from = keyAfter(last.key);
      }
    } finally {
      unlockAll(m);
    }
  }

  /** Forgets the order; the next ordered read finds all keys. */
  drop(): void {
    this.#views.clear();
  }

  /** Makes the view of a map, if there is none, stripe by stripe, so that writers go on. */
  #prepare(table: Table): void {
    const { m } = this.#local;
    if (this.#views.has(table.id)) return;
    if (this.#views.size === 0) {
      // From here on new keys are announced; those before are met in the stripes.
      Atomics.store(m.words, BIRTHS_ON, 1);
      this.#seen = Atomics.load(m.words, BIRTH_COUNT);
    }
    const known = new Map<string, Item>();
    const items: Item[] = [];
    for (let stripe = 0; stripe < m.layout.stripes; stripe++) {
      lockToRead(m, stripe);
      try {
        this.#collect(table.id, stripe, known, items);
      } finally {
        unlock(m, stripe);
      }
    }
    const keys = new OrderedKeys<Item>(items);
    keys.page('', undefined, 1, false, 0);
    this.#views.set(table.id, { keys, known });
  }

  #collect(map: number, stripe: number, known: Map<string, Item>, items: Item[]): void {
    const { m } = this.#local;
    const index = indexOf(m, stripe);
    const pairs = pairsOf(m, index);
    for (let i = 0; i < pairs; i++) {
      const block = m.words[pairAt(index, i) + 1] as number;
      if (block === EMPTY || block === TOMB || kindAt(m, block) !== ENTRY || mapAt(m, block) !== map)
        continue;
      const key = keyAt(m, block);
      if (known.has(key)) continue;
      const item = { key, version: 1 };
      known.set(key, item);
      items.push(item);
    }
  }

  /** The view of a map with all keys there are; the caller holds all locks. */
  #fresh(table: Table): View {
    const { m } = this.#local;
    const count = Atomics.load(m.words, BIRTH_COUNT);
    const size = 1 << m.layout.birthBits;
    const missed = (count - this.#seen) | 0;
    if (missed < 0 || missed > size) this.#rescan();
    else
      for (let n = this.#seen; n !== count; n = (n + 1) | 0)
        this.#born(m.words[m.layout.birthsAt + (n & (size - 1))] as number);
    this.#seen = count;
    // SAFETY: made by #prepare, and never taken out while it is read.
    const view = this.#views.get(table.id) as View;
    if (view.known.size > SLACK && view.keys.size > 2 * view.known.size) view.keys.compact();
    return view;
  }

  /** Too many were born since: all keys of all views are looked for. */
  #rescan(): void {
    for (const [map, view] of this.#views) {
      const items: Item[] = [];
      for (let stripe = 0; stripe < this.#local.m.layout.stripes; stripe++) {
        this.#collect(map, stripe, view.known, items);
      }
      for (const item of items) view.keys.add(item);
    }
  }

  /** Adds the keys of a hash. */
  #born(hash: number): void {
    const { m } = this.#local;
    const index = indexOf(m, stripeOf(m, hash));
    const pairs = pairsOf(m, index);
    const mask = pairs - 1;
    for (let looked = 0, i = hash & mask; looked < pairs; looked++, i = (i + 1) & mask) {
      const pair = pairAt(index, i);
      const block = m.words[pair + 1] as number;
      if (block === EMPTY) return;
      if (block === TOMB || m.words[pair] !== hash || kindAt(m, block) !== ENTRY) continue;
      const view = this.#views.get(mapAt(m, block));
      const key = view === undefined ? '' : keyAt(m, block);
      if (view === undefined || view.known.has(key)) continue;
      const item = { key, version: 1 };
      view.known.set(key, item);
      view.keys.add(item);
    }
  }

  #find(table: Table, key: string): number {
    const { m } = this.#local;
    takeKey(m, table.id, key);
    const pair = findPair(m, stripeOf(m, m.hash), identityOf(m, table.id, ENTRY), generationOf(m, table));
    return pair === 0 ? 0 : (m.words[pair + 1] as number);
  }
}

function forget(keys: OrderedKeys<Item>, known: Map<string, Item>, item: Item): void {
  item.version = 0;
  known.delete(item.key);
  keys.removed();
}
