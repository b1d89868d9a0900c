// What happens at the bounds: of memory, of the version counter, of what may be trusted in the buffer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, open, StoreError } from 'samemap';
import { attach, sharedEngine } from 'samemap/shared';
import {
  RING_COUNT,
  RING_HEAD,
  RING_LOCK,
  RING_TAIL,
  S_INDEX,
  S_INDEX_BITS,
  S_LOCK,
  VERSION,
} from '../../../src/engines/shared/layout.ts';
import { stripeAt } from '../../../src/engines/shared/stripe-lock.ts';
import { newestVersion, takeVersion, takeVersions } from '../../../src/engines/shared/versions.ts';
import { dice } from '../../../src/conformance/assertions.ts';
import { auditOf, memoryOf } from './fixture.ts';

const MIB = 2 ** 20;

test('full: a write is FULL, everything is readable and deletable, and room is used again', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const map = store.map('m', { codec: bytes() }).sync;
  const value = new Uint8Array(500);
  const fill = (from: number): number => {
    for (let n = from; ; n++) {
      try {
        map.set(`k${n}`, value);
      } catch (error) {
        assert.ok(error instanceof StoreError && error.code === 'FULL', String(error));
        return n;
      }
    }
  };
  const first = fill(0);
  assert.ok(first > 500, String(first));
  for (let n = 0; n < first; n++) assert.equal(map.get(`k${n}`)?.length, 500);
  assert.equal(map.count(), first);
  assert.deepEqual(auditOf(engine.handle).problems, []);
  for (let n = 0; n < first; n += 2) assert.equal(map.delete(`k${n}`), true);
  const second = fill(first);
  assert.ok(second - first > first / 4, `${second - first} after ${first / 2} were deleted`);
  assert.deepEqual(auditOf(engine.handle).problems, []);
  assert.equal(map.clear(), second - Math.ceil(first / 2));
  assert.equal(map.count(), 0);
  assert.ok(fill(0) > first * 0.8);
  await store.close();
});

test('what goes wrong in the background is told to those who wait', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const other = await open(attach(engine.handle));
  const map = store.map<number>('m');
  const lock = await other.map<number>('m').lock('a');
  const waiting = map.lock('a');
  const watch = map.watch();
  await watch.ready;
  const changes = watch[Symbol.asyncIterator]();
  await changes.next();
  const next = changes.next();
  // So that both wait by then.
  await new Promise((resolve) => setImmediate(resolve));
  const m = memoryOf(engine.handle);
  const told = [assert.rejects(next, { code: 'CORRUPT' }), assert.rejects(waiting, { code: 'CORRUPT' })];
  const alive = setTimeout(() => undefined, 5_000);
  m.words[RING_HEAD + 1] = -1;
  Atomics.add(m.words, RING_COUNT, 1);
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) m.words[stripeAt(m, stripe) + S_INDEX] = 1;
  await Promise.all(told);
  clearTimeout(alive);
  await lock.release().catch(() => undefined);
  await Promise.all([store.close(), other.close()].map((closed) => closed.catch(() => undefined)));
});

test('full: a value of the same size is written over the old one', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const map = store.map('m', { codec: bytes() }).sync;
  const full = (run: () => unknown): void => assert.throws(run, { code: 'FULL' });
  let keys = 0;
  full(() => {
    for (; ; keys++) map.set(`k${keys}`, new Uint8Array(500).fill(1));
  });
  for (let n = 0; n < keys; n++) {
    const before = map.entry(`k${n}`)?.version ?? 0;
    const { version } = map.set(`k${n}`, new Uint8Array(499).fill(2));
    assert.ok(version > before);
    assert.deepEqual(map.entry(`k${n}`), { key: `k${n}`, value: new Uint8Array(499).fill(2), version });
  }
  assert.deepEqual(auditOf(engine.handle).problems, []);
  full(() => map.set('k0', new Uint8Array(5_000)));
  await store.close();
});

test('full: values of other sizes fit where small ones were', async () => {
  const engine = sharedEngine({ capacityBytes: 2 * MIB });
  const store = await open(engine);
  const map = store.map('m', { codec: bytes() }).sync;
  const roll = dice(5);
  const known = new Map<string, number>();
  let refused = 0;
  for (let n = 0; n < 20_000; n++) {
    const key = `k${roll(2_000)}`;
    const size = roll(10) === 0 ? roll(20_000) : roll(600);
    try {
      map.set(key, new Uint8Array(size));
      known.set(key, size);
    } catch (error) {
      assert.ok(error instanceof StoreError && error.code === 'FULL', String(error));
      refused++;
      for (let i = 0; i < 50; i++) {
        const victim = `k${roll(2_000)}`;
        assert.equal(map.delete(victim), known.delete(victim));
      }
    }
  }
  assert.ok(refused > 0);
  for (const [key, size] of known) assert.equal(map.get(key)?.length, size);
  const { problems, usedWords, freeWords, arenaWords } = auditOf(engine.handle);
  assert.deepEqual(problems, []);
  assert.equal(usedWords + freeWords, arenaWords);
  await engine.compact(() => undefined);
  assert.deepEqual(auditOf(engine.handle).problems, []);
  await store.close();
});

test("onFull: 'evict' never throws, keeps what is read, and tells watchers why", async () => {
  const engine = sharedEngine({ capacityBytes: MIB, onFull: 'evict' });
  const store = await open(engine);
  const map = store.map('m', { codec: bytes() });
  const watch = map.watch({ prefix: 'k' });
  await watch.ready;
  const value = new Uint8Array(300);
  for (let n = 0; n < 20; n++) map.sync.set(`hot${n}`, value);
  for (let n = 0; n < 10_000; n++) {
    map.sync.set(`k${n}`, value);
    if (n % 20 === 0) for (let i = 0; i < 20; i++) map.sync.get(`hot${i}`);
  }
  for (let n = 0; n < 20; n++) assert.ok(map.sync.has(`hot${n}`), `hot${n}`);
  assert.ok(map.sync.count() > 1_000);
  assert.deepEqual(auditOf(engine.handle).problems, []);
  let evicted = 0;
  for await (const change of watch) {
    if (change.type === 'reset') break;
    if (change.type === 'delete' && change.reason === 'evicted') evicted++;
    if (evicted > 0) break;
  }
  map.sync.set('large', new Uint8Array(100_000));
  assert.equal(map.sync.get('large')?.length, 100_000);
  assert.deepEqual(auditOf(engine.handle).problems, []);
  await store.close();
});

test('versions: go on over the halves of the counter and beyond 32 bits', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const m = memoryOf(engine.handle);
  let last = 0;
  for (let lap = 0; lap < 6; lap++) {
    m.words[VERSION] = lap % 2 === 0 ? 0x7ffffff0 : -16;
    for (let n = 0; n < 40; n++) {
      const first = n % 3 === 0 ? takeVersions(m, 3) : takeVersion(m);
      assert.ok(first > last, `${first} after ${last}`);
      last = newestVersion(m);
      assert.ok(last >= first);
    }
  }
  assert.ok(last > 2 ** 33);
  const store = await open(engine);
  assert.ok((await store.map<number>('m').set('a', 1)).version > last);
  await store.close();
});

test('a scribbled buffer gives an error and never a hang', async () => {
  const roll = dice(11);
  for (let trial = 0; trial < 16; trial++) {
    const engine = sharedEngine({ capacityBytes: MIB });
    const store = await open(engine);
    const map = store.map<unknown>('m').sync;
    for (let n = 0; n < 200; n++) map.set(`k${n}`, { n });
    const m = memoryOf(engine.handle);
    const from = m.layout.stripesAt;
    const damage = trial % 2 === 0 ? m.layout.recordsAt - from : m.layout.totalWords - from;
    for (let n = 0; n < 400; n++)
      m.words[from + roll(damage)] = roll(2) === 0 ? roll(2 ** 24) : -roll(2 ** 24);
    for (let n = 0; n < 200; n++) {
      for (const call of [
        () => map.get(`k${n}`),
        () => map.has(`k${n}`),
        () => map.set(`k${n}`, n),
        () => map.delete(`k${n}`),
      ]) {
        try {
          call();
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }
    }
    await store.close().catch(() => undefined);
  }
});

test('a lock that nobody can hold is let go, an index that is none is CORRUPT', async () => {
  const engine = sharedEngine({ capacityBytes: MIB });
  const store = await open(engine);
  const map = store.map<number>('m').sync;
  map.set('a', 1);
  const m = memoryOf(engine.handle);
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) m.words[stripeAt(m, stripe) + S_LOCK] = 60;
  assert.equal(map.get('a'), 1);
  assert.deepEqual(auditOf(engine.handle).problems, []);
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) {
    m.words[stripeAt(m, stripe) + S_INDEX] = 7;
    m.words[stripeAt(m, stripe) + S_INDEX_BITS] = 99;
  }
  assert.throws(() => map.get('a'), { code: 'CORRUPT' });
  assert.throws(() => attach({ kind: 'samemap/shared', buffer: new SharedArrayBuffer(MIB) }), {
    code: 'CORRUPT',
  });
  await store.close().catch(() => undefined);
});

test('a ring that was scribbled over is CORRUPT for writers and watchers, and nobody is left waiting for it', async () => {
  for (const [at, value] of [
    [RING_HEAD, -5],
    [RING_HEAD + 1, 0x7fffffff],
    [RING_HEAD + 1, -1],
    [RING_TAIL + 1, 1],
  ] as const) {
    const engine = sharedEngine({ capacityBytes: MIB });
    const store = await open(engine);
    const map = store.map<number>('m');
    const watch = map.watch();
    await watch.ready;
    map.sync.set('a', 1);
    const m = memoryOf(engine.handle);
    m.words[at] = value;
    for (let n = 0; n < 2; n++) {
      assert.throws(() => map.sync.set('a', 2), { code: 'CORRUPT' });
      assert.equal(m.words[RING_LOCK], 0);
      assert.equal(map.sync.get('a'), 1);
    }
    await watch.close().catch(() => undefined);
    await store.close().catch(() => undefined);
  }
});
