import assert from 'node:assert/strict';
import { deferred } from '../../base/deferred.ts';
import { StoreError } from '../../base/errors.ts';
import type { SnapshotSource } from '../../contract/snapshot.ts';
import { collect, failsWith, fault, mistake, there, wrong } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';
import { brief, take } from '../reading.ts';

async function snapshotBytes(t: Trial, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const map = (await t.another()).map<number>('m');
  await map.setMany(Array.from({ length: count }, (_, n) => [`k${n}`, n] as const));
  return Buffer.concat(await collect(map.snapshot()));
}

/** A source that gives one piece and never another; `left` resolves when it is told that no more is wanted. */
function stuck(bytes: Uint8Array): {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly asked: Promise<void>;
  readonly left: Promise<void>;
} {
  const asked = deferred<void>();
  const left = deferred<void>();
  let given = false;
  const pieces: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        if (!given && bytes.length > 0) {
          given = true;
          return Promise.resolve({ done: false, value: bytes });
        }
        asked.resolve();
        return new Promise(() => undefined);
      },
      return: () => {
        left.resolve();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { pieces, asked: asked.promise, left: left.promise };
}

/** Runs a restore that must fail and change nothing, neither what stands nor what watchers are told. */
async function refused(t: Trial, source: () => SnapshotSource, what: string): Promise<void> {
  const map = t.map();
  await map.set('stays', 1);
  const { lineage } = t.engine;
  const watch = await t.watch(map);
  const before = await collect(map.list());
  for (const mode of ['replace', 'empty'] as const) {
    const target = mode === 'replace' ? map : t.map('empty');
    await assert.rejects(
      () => target.restore(source(), { mode }),
      (error) => error instanceof StoreError && ['CORRUPT', 'FORMAT', 'LIMIT'].includes(error.code),
      what,
    );
  }
  assert.deepEqual(await collect(map.list()), before, what);
  assert.equal(await t.map('empty').count(), 0, what);
  assert.equal(t.engine.lineage, lineage, what);
  await map.set('stays', 2);
  assert.deepEqual((await take(watch, 1)).map(brief), ['update stays 2'], what);
  await watch.close();
}

export const restoreLaws: readonly Law[] = [
  law("restore: wants an empty map unless told 'replace'", async (t) => {
    const bytes = await snapshotBytes(t, 3);
    const map = t.map();
    const entry = await map.set('{k0}a', 1); // in the partition of k0
    await fault('CONFLICT', () => map.restore(bytes));
    await fault('CONFLICT', () => map.restore(bytes, { mode: 'empty' }));
    assert.deepEqual(await collect(map.list()), [entry]);
    assert.equal(await map.restore(bytes, { mode: 'replace' }), 3);
    assert.deepEqual(await collect(map.keys()), ['k0', 'k1', 'k2']);
    assert.ok(there(await map.entry('k0')).version > entry.version, 'new versions');
    await map.clear();
    assert.equal(await map.restore(bytes), 3);
  }),

  law('restore: leaves the other maps of the store alone', async (t) => {
    const other = t.map('other');
    const entry = await other.set('a', 1);
    await t.map().restore(await snapshotBytes(t, 3));
    assert.equal(await other.get('a'), 1);
    assert.ok(there(await other.entry('a')).version >= entry.version);
  }),

  law('restore: reads bytes in any form and in pieces of any size', async (t) => {
    const bytes = await snapshotBytes(t, 20);
    const pieces = (size: number): Uint8Array[] =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
    async function* generator(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(0);
      yield* pieces(7);
    }
    const sources: SnapshotSource[] = [
      bytes,
      pieces(1),
      pieces(13),
      [bytes],
      generator(),
      new Blob([bytes]).stream(),
    ];
    for (const [n, source] of sources.entries()) {
      const map = t.map(`m${n}`);
      assert.equal(await map.restore(source), 20, `source ${n}`);
      assert.equal(await map.get('k19'), 19);
    }
  }),

  law('restore: a snapshot cut anywhere changes nothing', async (t) => {
    const bytes = await snapshotBytes(t, 5);
    const cuts = new Set([0, 1, 2, 7, 8, bytes.length - 1, bytes.length - 4, bytes.length >> 1]);
    for (let n = 0; n < 12; n++) cuts.add(Math.floor((bytes.length * n) / 12));
    for (const cut of cuts) await refused(t, () => bytes.subarray(0, cut), `cut after ${cut} bytes`);
  }),

  law('restore: a snapshot with one bit flipped anywhere changes nothing', async (t) => {
    const bytes = await snapshotBytes(t, 5);
    const step = Math.max(1, Math.floor(bytes.length / 40));
    for (let at = 0; at < bytes.length; at += step) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = there(flipped[at]) ^ (1 << (at % 8));
      await refused(t, () => flipped, `bit flipped in byte ${at}`);
    }
  }),

  law('restore: bytes that are no snapshot, or go on behind one, change nothing', async (t) => {
    const bytes = await snapshotBytes(t, 2);
    await refused(t, () => new Uint8Array(0), 'nothing');
    await refused(t, () => new Uint8Array(4_096), 'zeros');
    await refused(t, () => new Uint8Array(4_096).fill(255), 'ones');
    await refused(t, () => new TextEncoder().encode('{"a":1}'.repeat(100)), 'json');
    await refused(t, () => Buffer.concat([bytes, new Uint8Array([0])]), 'one byte more');
    await refused(t, () => Buffer.concat([bytes, bytes]), 'twice');
  }),

  law('restore: a source that fails midway rejects with its error and changes nothing', async (t) => {
    const bytes = await snapshotBytes(t, 50);
    const reason = new Error('the line is dead');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length >> 1);
      throw reason;
    }
    const map = t.map();
    const entry = await map.set('a', 1);
    await assert.rejects(
      () => map.restore(failing(), { mode: 'replace' }),
      (error) => error === reason || (error instanceof Error && error.cause === reason),
    );
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  law('restore: an abort before it is carried out rejects with its reason and changes nothing', async (t) => {
    const bytes = await snapshotBytes(t, 5);
    const map = t.map();
    const entry = await map.set('a', 1);
    const reason = new Error('enough');
    await failsWith(reason, () => map.restore(bytes, { mode: 'replace', signal: AbortSignal.abort(reason) }));
    const controller = new AbortController();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 10);
      controller.abort(reason);
      yield bytes.subarray(10);
    }
    await failsWith(reason, () => map.restore(slow(), { mode: 'replace', signal: controller.signal }));
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  law('restore: a source that never answers does not hold up close, abort or deadline', async (t) => {
    const bytes = await snapshotBytes(t, 5);
    for (const given of [0, 10, bytes.length - 4]) {
      for (const way of ['store', 'map', 'signal', 'deadline'] as const) {
        const other = await t.another();
        const map = other.map('m');
        const source = stuck(bytes.subarray(0, given));
        const reason = new Error('enough');
        const controller = new AbortController();
        const { signal } = controller;
        const limits = way === 'signal' ? { signal } : way === 'deadline' ? { deadlineMs: 20 } : {};
        const restoring = way === 'store' ? other.restore(source.pieces) : map.restore(source.pieces, limits);
        const outcome = restoring.then(
          () => 'done',
          (error: unknown) => error,
        );
        await source.asked;
        if (way === 'store') await other.close();
        if (way === 'map') await map.close();
        if (way === 'signal') controller.abort(reason);
        if (way === 'deadline') await t.advance(21);
        const error = await outcome;
        if (way === 'signal') assert.equal(error, reason);
        else if (error instanceof StoreError) {
          assert.equal(error.code, way === 'deadline' ? 'TIMEOUT' : 'CLOSED', `${way} after ${given}`);
        } else assert.fail(String(error));
        await source.left;
      }
    }
  }),

  law('restore: closed while it reads, it is CLOSED and has changed nothing', async (t) => {
    const bytes = await snapshotBytes(t, 50);
    for (const end of ['store', 'map'] as const) {
      const other = await t.another();
      const map = other.map('m');
      async function* closing(): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, bytes.length >> 1);
        await (end === 'store' ? other : map).close();
        yield bytes.subarray(bytes.length >> 1);
      }
      await fault('CLOSED', () => map.restore(closing()));
      if (end === 'map') assert.equal(await other.map('m').count(), 0);
    }
  }),

  law('restore: tells how far it is', async (t) => {
    const bytes = await snapshotBytes(t, 100);
    const told: { done: number; total: number }[] = [];
    await t.map().restore(bytes, { onProgress: (progress) => told.push(progress) });
    for (const { done, total } of told) assert.ok(done >= 0 && done <= total);
  }),

  law('restore: bad options and sources are refused', async (t) => {
    const bytes = await snapshotBytes(t, 1);
    const map = t.map();
    await mistake('mode', () => map.restore(bytes, { mode: wrong('merge') }));
    await mistake('bogus', () => map.restore(bytes, wrong({ bogus: 1 })));
    await mistake(/onProgress/, () => map.restore(bytes, wrong({ onProgress: 5 })));
    for (const source of [undefined, null, 5, 'path', {}]) {
      await mistake(/source/, () => map.restore(wrong(source)));
    }
    await mistake(/Uint8Array|bytes|source/, () => map.restore(wrong(['text'])));
    assert.equal(await map.count(), 0);
  }),
];
