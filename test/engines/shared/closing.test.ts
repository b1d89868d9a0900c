// What a store that is closed has begun and not done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from 'samemap';
import { sharedEngine } from 'samemap/shared';
import { enter, leaveLine, lockState, release } from '../../../src/engines/shared/grants.ts';
import { ALIVE, THREADS_USED, T_STATE, UNUSED } from '../../../src/engines/shared/layout.ts';
import { threadAt } from '../../../src/engines/shared/memory.ts';
import { findMap } from '../../../src/engines/shared/registry.ts';
import { lockAll, unlockAll } from '../../../src/engines/shared/stripe-lock.ts';
import { localOf } from './local.ts';

const MIB = 2 ** 20;

test('a lock that could not be let go at once is let go by the close', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const map = store.map<number>('m');
  const held = await map.lock('a');
  const other = localOf(engine.handle);
  const id = findMap(other.m, 'm')?.id ?? 0;
  lockAll(other.m, true);
  const letGo = held.release();
  unlockAll(other.m);
  assert.notEqual(lockState(other, id, 'a'), undefined);
  await store.close();
  await letGo;
  assert.equal(lockState(other, id, 'a'), undefined);
  assert.equal(other.m.words[threadAt(other.m, 1) + T_STATE], UNUSED);
});

test('a lock that was asked for while all was busy is refused by the close', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const map = store.map<number>('m');
  await map.set('a', 1);
  const other = localOf(engine.handle);
  const id = findMap(other.m, 'm')?.id ?? 0;
  lockAll(other.m, true);
  const asked = map.lock('a');
  const refused = assert.rejects(asked, { code: 'CLOSED' });
  unlockAll(other.m);
  await store.close();
  await refused;
  assert.equal(lockState(other, id, 'a'), undefined);
});

test('who enters a line twice stands in it once', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const local = localOf(handle);
  const party = (number: number) => ({ owner: local.m.me, id: number, label: 'x'.repeat(number) });
  const first = enter(local, 1, 'a', party(1), true);
  assert.ok(first !== undefined && first.fence > 0);
  assert.equal(enter(local, 1, 'a', party(1), true)?.fence, first.fence);
  for (const number of [2, 3, 2, 4]) assert.equal(enter(local, 1, 'a', party(number), true)?.fence, 0);
  const ids = (): readonly (number | undefined)[] => {
    const state = lockState(local, 1, 'a');
    return [state?.holder.id, ...(state?.waiters.map(({ id }) => id) ?? [])];
  };
  assert.deepEqual(ids(), [1, 2, 3, 4]);
  assert.equal(leaveLine(local, 1, 'a', 3), true);
  assert.equal(leaveLine(local, 1, 'a', 1), false);
  assert.deepEqual(ids(), [1, 2, 4]);
  release(local, 1, 'a', first.fence);
  assert.deepEqual(ids(), [2, 4]);
  assert.deepEqual(lockState(local, 1, 'a')?.waiters[0]?.label, 'xxxx');
});

test('who finds another one clearing up waits for the room that this makes', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const { m } = localOf(handle);
  const { threads } = m.layout;
  const state = (owner: number): number => threadAt(m, owner) + T_STATE;
  for (let owner = 1; owner <= threads; owner++) m.words[state(owner)] = ALIVE;
  let waits = 0;
  const joined = localOf(handle, () => {
    if (++waits === 3) m.words[state(7)] = UNUSED;
  });
  assert.deepEqual([waits, joined.m.me], [3, 7]);
  assert.throws(() => localOf(handle, () => undefined), { code: 'LIMIT' });
});

test('who joins by the spare record does not make it count for good', () => {
  const { handle } = sharedEngine({ capacityBytes: MIB });
  const { m } = localOf(handle);
  const { threads } = m.layout;
  for (let owner = 1; owner < threads; owner++) m.words[threadAt(m, owner) + T_STATE] = 1;
  assert.throws(() => localOf(handle), { code: 'LIMIT' });
  assert.ok((m.words[THREADS_USED] as number) < threads);
  assert.equal(m.words[threadAt(m, threads) + T_STATE], UNUSED);
});
