// Which threads are held to be gone, and what is done to those that are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from 'samemap';
import { sharedEngine } from 'samemap/shared';
import {
  ALIVE,
  JOINING,
  RECOVERED,
  RECOVERING,
  S_LOCK,
  T_HEARTBEAT,
  T_STATE,
  T_TID,
  UNUSED,
} from '../../../src/engines/shared/layout.ts';
import { systemWaiting } from '../../../src/engines/shared/liveness.ts';
import { threadAt } from '../../../src/engines/shared/memory.ts';
import { recover } from '../../../src/engines/shared/recover.ts';
import { lockToRead, stripeAt, unlock } from '../../../src/engines/shared/stripe-lock.ts';
import { part, reap } from '../../../src/engines/shared/threads.ts';
import { localOf } from './local.ts';
import { memoryOf } from './fixture.ts';

const MIB = 2 ** 20;
/** No thread of the system has this number. */
const NO_TID = 0x7fffffff;

test('a thread whose number is not known lives as long as it beats', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const m = memoryOf(handle);
  let now = 0;
  const { gone } = systemWaiting(m.words, m.layout, () => now);
  for (const [owner, state] of [
    [7, ALIVE],
    [8, JOINING],
  ] as const) {
    const thread = threadAt(m, owner);
    m.words[thread + T_STATE] = state;
    assert.equal(gone(owner), false);
    now += 9_000;
    assert.equal(gone(owner), false);
    m.words[thread + T_HEARTBEAT] = (m.words[thread + T_HEARTBEAT] as number) + 1;
    now += 9_000;
    assert.equal(gone(owner), false);
    now += 10_001;
    assert.equal(gone(owner), true);
  }
});

test('every open store beats', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const m = memoryOf(engine.handle);
  const at = threadAt(m, 1) + T_HEARTBEAT;
  const before = Atomics.load(m.words, at);
  while (Atomics.load(m.words, at) === before) await new Promise((resolve) => setTimeout(resolve, 50));
  await store.close();
});

test('who waits for a lock beats in between', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const holder = localOf(handle);
  const waiter = localOf(handle);
  lockToRead(holder.m, 0);
  const at = threadAt(waiter.m, waiter.m.me) + T_HEARTBEAT;
  const before = waiter.m.words[at] as number;
  assert.throws(() => lockToRead(waiter.m, 0), { code: 'TIMEOUT' });
  assert.ok((waiter.m.words[at] as number) > before);
  unlock(holder.m, 0);
});

test('a thread that lives is not recovered, whatever somebody saw of its number before', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const one = localOf(handle);
  const other = localOf(handle);
  lockToRead(other.m, 0);
  recover(one, other.m.me);
  assert.equal(other.m.words[stripeAt(other.m, 0) + S_LOCK], other.m.me);
  assert.equal(other.m.words[threadAt(other.m, other.m.me) + T_STATE], ALIVE);
  unlock(other.m, 0);
  const { me } = other.m;
  part(other.m);
  recover(one, me);
  assert.equal(one.m.words[threadAt(one.m, me) + T_STATE], UNUSED);
});

test('a thread that joins with the record of one that died is not taken for it', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const { m } = localOf(handle);
  const thread = threadAt(m, 2);
  m.words[thread + T_STATE] = ALIVE;
  m.words[thread + T_TID] = NO_TID;
  reap(localOf(handle));
  assert.equal(m.words[thread + T_STATE], UNUSED);
  m.words[thread + T_STATE] = JOINING;
  assert.equal(m.waiting.gone(2), false);
});

test('who died while joining, or while recovering, loses nobody a record', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const local = localOf(handle);
  const { m } = local;
  for (const state of [ALIVE, JOINING, RECOVERED, RECOVERING]) {
    const thread = threadAt(m, 5);
    m.words[thread + T_STATE] = state;
    m.words[thread + T_TID] = NO_TID;
    reap(local);
    assert.equal(m.words[thread + T_STATE], UNUSED, `state ${state}`);
  }
});
