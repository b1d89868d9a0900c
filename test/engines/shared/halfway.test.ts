// Threads that end between a change and what should have followed it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from 'samemap';
import { sharedEngine } from 'samemap/shared';
import { ANY, NEWER } from '../../../src/contract/condition.ts';
import { NEVER, TICK_MS } from '../../../src/engines/shared/due.ts';
import {
  ALIVE,
  BIRTH_COUNT,
  LINEAGE,
  NEXT_DUE,
  REDO_LIST,
  RING_EPOCH,
  RING_LOCK,
  T_LIST,
  T_REDO,
  T_REDO_COUNT,
  T_REDO_LIST,
  T_STATE,
  T_TID,
  THREAD_WORDS,
} from '../../../src/engines/shared/layout.ts';
import type { Local } from '../../../src/engines/shared/local.ts';
import { type Memory, threadAt } from '../../../src/engines/shared/memory.ts';
import { findMap } from '../../../src/engines/shared/registry.ts';
import { sweep } from '../../../src/engines/shared/sweep.ts';
import { reap } from '../../../src/engines/shared/threads.ts';
import { write } from '../../../src/engines/shared/words.ts';
import { localOf } from './local.ts';

const MIB = 2 ** 20;
/** No thread of the system has this number. */
const NO_TID = 0x7fffffff;

/** A thread that is gone, and what it had written down. */
function dead(m: Memory, stores: readonly number[] = []): void {
  const thread = threadAt(m, 9);
  m.words.fill(0, thread, thread + THREAD_WORDS);
  m.words.set(stores, thread + T_LIST);
  m.words[thread + T_REDO_LIST] = thread + T_LIST;
  m.words[thread + T_REDO_COUNT] = stores.length / 2;
  m.words[thread + T_REDO] = stores.length === 0 ? 0 : REDO_LIST;
  m.words[thread + T_TID] = NO_TID;
  m.words[thread + T_STATE] = ALIVE;
}

test('a change is told whose writer died before it rang', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const map = store.map<number>('m');
  const watch = map.watch();
  await watch.ready;
  const changes = watch[Symbol.asyncIterator]();
  assert.equal((await changes.next()).value?.type, 'live');
  const next = changes.next();
  // So that the watcher sleeps by then.
  await new Promise((resolve) => setImmediate(resolve));
  const local = localOf(engine.handle);
  const table = findMap(local.m, 'm');
  assert.ok(table !== undefined);
  write(local, table, 'a', 1, ANY, 0, 0, undefined, 0);
  // Nothing of a store keeps the process alive.
  const alive = setTimeout(() => void watch.close(), 5_000);
  const { value } = await next;
  clearTimeout(alive);
  assert.equal(value?.type, 'insert');
  await watch.close();
  await store.close();
});

test('what expires goes though the thread that swept did not come to its end', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  store.map<number>('m').sync.set('warm', 1);
  const whole = localOf(engine.handle);
  const { m } = whole;
  const table = findMap(m, 'm');
  assert.ok(table !== undefined);
  let asked = 0;
  const local: Local = {
    ...whole,
    clock: {
      ...whole.clock,
      now: () => {
        if (++asked === 2) throw new Error('gone');
        return whole.base + 100 * TICK_MS;
      },
    },
  };
  write(whole, table, 'a', 1, NEWER, 0, whole.base + 40 * TICK_MS, 5, 0);
  m.words[NEXT_DUE] = 0;
  assert.throws(() => sweep(local, 100), { message: 'gone' });
  const until = m.words[NEXT_DUE] as number;
  assert.ok(until <= 100 + 125, `${until}`);
  sweep({ ...local, clock: { ...local.clock, now: () => whole.base + 300 * TICK_MS } }, 100);
  assert.ok((m.words[NEXT_DUE] as number) > until);
  await store.close();
});

test('a thread that is recovered leaves nothing unswept and no key unknown', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const map = store.map<number>('m');
  map.sync.set('a', 1);
  assert.equal(map.sync.count({ prefix: 'a' }), 1);
  const local = localOf(engine.handle);
  const { m } = local;
  const table = findMap(m, 'm');
  assert.ok(table !== undefined);
  // Announced to nobody, as by a thread that died before it came to that.
  const { birthBits, birthsAt } = m.layout;
  const births = m.words.slice(birthsAt - 1, birthsAt + (1 << birthBits));
  const counted = m.words.slice(BIRTH_COUNT, BIRTH_COUNT + 1);
  write(local, table, 'ab', 2, ANY, 0, 0, undefined, 0);
  m.words.set(births, birthsAt - 1);
  m.words.set(counted, BIRTH_COUNT);
  assert.equal(map.sync.count({ prefix: 'a' }), 1);
  m.words[NEXT_DUE] = NEVER;
  dead(m, [m.layout.totalWords - 1, 0]);
  reap(local);
  assert.equal(map.sync.count({ prefix: 'a' }), 2);
  assert.notEqual(m.words[NEXT_DUE], NEVER);
  await store.close();
});

test('the lineage is read whole while a load changes it, also one that died', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const { m } = localOf(engine.handle);
  const before = engine.lineage;
  // Half of it is changed; the rest is in the list of the thread that is gone.
  m.words[RING_EPOCH] = 1;
  m.words[LINEAGE] = 0x01010101;
  dead(m, [RING_EPOCH, 1, LINEAGE, 0x01010101, LINEAGE + 1, 0x02020202, RING_EPOCH, 2]);
  m.words[RING_LOCK] = 9;
  const after = engine.lineage;
  assert.equal(after, `0101010102020202${before.slice(16)}`);
  assert.equal(m.words[RING_LOCK], 0);
  await store.close();
});
