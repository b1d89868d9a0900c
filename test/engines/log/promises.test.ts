// What a log promises beyond the law: no removal undone, nothing lost to compaction, exact numbers, one holder.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { logEngine } from '../../../src/engines/log/index.ts';
import { memoryFiles } from '../../../src/fs/memory-files.ts';
import { bytes, open } from '../../../src/index.ts';
import { contentOf, openLog, wordsOf } from './fixture.ts';

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function textOf(cell: unknown): string {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString() : '';
}

/** Takes a folder for the time of a test. */
async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-log-'));
  try {
    await run(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('snapshot and restore: what was removed stays removed, an empty value stays, and writing goes on', async () => {
  const log = await openLog(memoryFiles());
  const store = await open(log.engine);
  const map = store.map<string>('m');
  for (let n = 0; n < 200; n++) await map.set(`k${n}`, `v${n}`);
  await map.clear({ prefix: 'k1' });
  await map.set('last', '');
  const bytes = await collect(map.snapshot());
  const other = store.map<string>('other');
  assert.equal(await other.restore(bytes), await map.count());
  assert.equal(await other.count({ prefix: 'k1' }), 0);
  assert.equal(await other.get('last'), '');
  await other.set('after', 'restore');
  assert.equal(await other.get('k2'), 'v2');
  await store.close();
});

test("what a write answered is the writer's own: neither readers nor watchers see it change", async () => {
  const log = await openLog(memoryFiles());
  const store = await open(log.engine);
  const map = store.map<Uint8Array>('m', { codec: bytes() });
  const watch = map.watch();
  await watch.ready;
  const given = Uint8Array.of(1, 2, 3);
  const { value } = await map.set('a', given);
  given[0] = 9;
  value[1] = 9;
  assert.deepEqual(map.sync?.get('a'), Uint8Array.of(1, 2, 3));
  for await (const change of watch) {
    if (change.type !== 'insert') continue;
    assert.deepEqual(change.value, Uint8Array.of(1, 2, 3));
    break;
  }
  await store.close();
});

test('compaction loses no write that comes while it runs', async () => {
  const files = memoryFiles();
  const log = await openLog(files, { segmentBytes: 8192 });
  const words = wordsOf(log);
  for (let n = 0; n < 2000; n++) words.set(`k${n % 300}`, `first ${n}`);
  await log.engine.durable?.(log.state.version);
  const compacting = log.engine.compact(() => undefined);
  for (let n = 0; n < 3000; n++) {
    words.set(`k${n % 300}`, `during ${n}`);
    if (n % 7 === 0) words.remove(`k${(n + 11) % 300}`);
    if (n % 50 === 0) await turn();
  }
  await compacting;
  await Promise.all([log.engine.compact(() => undefined), log.engine.compact(() => undefined)]);
  const before = contentOf(log.state);
  await log.engine.close();
  const again = await openLog(memoryFiles(files.contents), { segmentBytes: 8192 });
  assert.equal(contentOf(again.state), before);
});

test('two compactions at once: both end, writers go on meanwhile, and nothing is lost', async () => {
  const files = memoryFiles();
  const log = await openLog(files, { segmentBytes: 8192 });
  const words = wordsOf(log);
  for (let n = 0; n < 2000; n++) words.set(`k${n % 300}`, `${n}`);
  await log.engine.durable?.(log.state.version);
  const told: number[] = [];
  const compacting = [0, 1, 2].map((n) => log.engine.compact(() => told.push(n)));
  for (let n = 0; n < 300; n++) {
    words.set(`k${n}`, `after ${n}`);
    if (n % 50 === 0) await turn();
  }
  await Promise.all(compacting);
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.deepEqual(new Set(told), new Set([0, 1, 2]));
  await log.engine.durable?.(log.state.version);
  const content = contentOf(log.state);
  for (let n = 0; n < 300; n++) assert.equal(textOf(words.get(`k${n}`)), `after ${n}`);
  await log.engine.close();
  const again = await openLog(files);
  assert.equal(contentOf(again.state), content);
  await again.engine.close();
});

test('a single entry, and none, come back from a snapshot, and every key can be written afterwards', async () => {
  for (const entries of [0, 1]) {
    const log = await openLog(memoryFiles());
    const store = await open(log.engine);
    const map = store.map<number>('m');
    if (entries === 1) await map.set('only', 1);
    else await map.delete('only');
    const other = store.map<number>('other');
    const bytesOf = await collect(map.snapshot());
    assert.equal(await other.restore(bytesOf), entries);
    for (let n = 0; n < 2000; n++) other.sync?.set(`k${n}`, n);
    assert.equal(await other.count(), 2000 + entries);
    await store.close();
  }
});

test('compaction that is due begins by itself, and deleted keys never return', async () => {
  const files = memoryFiles();
  const clock = manualClock();
  const log = await openLog(files, { compactAt: 0.3, compactBytes: 1000 }, clock);
  const words = wordsOf(log);
  for (let n = 0; n < 400; n++) {
    words.set(`k${n % 20}`, 'x'.repeat(100));
    words.remove(`k${(n + 10) % 20}`);
    await log.engine.durable?.(log.state.version);
  }
  const full = log.state.segments.filter((segment) => segment !== undefined).length;
  for (let i = 0; i < 20; i++) {
    await clock.tick(250);
    for (let k = 0; k < 40; k++) await turn();
  }
  const { logBytes = 0 } = await log.engine.stats();
  assert.ok(log.state.segments.filter((segment) => segment !== undefined).length < full);
  assert.ok(logBytes < 60_000, String(logBytes));
  const before = contentOf(log.state);
  await log.engine.close();
  assert.equal(contentOf((await openLog(memoryFiles(files.contents))).state), before);
});

test('compaction that nobody asked for waits while the event loop is busy, until twice as much is dead', async () => {
  const clock = manualClock();
  let busy = 0.81;
  const options = { compactAt: 0.3, compactBytes: 1000 };
  const log = await openLog(memoryFiles(), options, clock, () => () => busy);
  const words = wordsOf(log);
  const deadPart = async (): Promise<number> => {
    const { deadBytes = 0, logBytes = 1 } = await log.engine.stats();
    return deadBytes / logBytes;
  };
  const write = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) words.set(`k${n}`, 'x'.repeat(100));
    await log.engine.durable?.(log.state.version);
  };
  const look = async (): Promise<void> => {
    await clock.tick(250);
    for (let k = 0; k < 200; k++) await turn();
  };
  await write(0, 400);
  await write(0, 260);
  const before = await deadPart();
  assert.ok(before > 0.36 && before < 0.55, String(before));
  for (let i = 0; i < 8; i++) await look();
  assert.equal(await deadPart(), before);
  busy = 0.8;
  for (let i = 0; i < 8; i++) await look();
  assert.ok((await deadPart()) < 0.3);
  busy = 1;
  for (let i = 0; i < 4; i++) await write(0, 400);
  assert.ok((await deadPart()) > 0.65);
  for (let i = 0; i < 8; i++) await look();
  assert.ok((await deadPart()) < 0.6);
  await log.engine.close();
});

test('stats: live, dead and reclaimable bytes are exact, also right after opening; compact reclaims all', async () => {
  const files = memoryFiles();
  const log = await openLog(files, { segmentBytes: 2 ** 20 });
  const words = wordsOf(log);
  for (let n = 0; n < 100; n++) words.set(`k${n % 10}`, 'v'.repeat(50));
  words.remove('k0');
  const record = 24 + 2 + 50;
  const live = 9 * record;
  const spent = 91 * record + 26;
  const of = async ({ engine }: typeof log) => {
    const { liveBytes, reclaimableBytes } = await engine.stats();
    return [liveBytes, reclaimableBytes];
  };
  assert.deepEqual(await of(log), [live, spent]);
  await log.engine.close();
  const again = await openLog(memoryFiles(files.contents), { segmentBytes: 2 ** 20 });
  assert.deepEqual(await of(again), [live, spent]);
  await again.engine.compact(() => undefined);
  assert.deepEqual(await of(again), [live, 0]);
  await again.engine.close();
});

test('dropped maps free their space', async () => {
  const log = await openLog(memoryFiles());
  const words = wordsOf(log, 'big');
  for (let n = 0; n < 100; n++) words.set(`k${n}`, 'v'.repeat(1000));
  log.engine.maps.drop(words.id());
  await log.engine.compact(() => undefined);
  const { logBytes = Infinity } = await log.engine.stats();
  assert.ok(logBytes < 10_000, String(logBytes));
});

test('a bookmark resumes over a restart with what every change replaced; behind a compaction it is a gap', async () => {
  const files = memoryFiles();
  const first = await openLog(files);
  const words = wordsOf(first);
  words.set('a', 'one');
  const from = words.set('b', 'one');
  words.set('a', 'two');
  words.remove('b');
  words.many({ c: 'one', d: 'one' });
  await first.engine.close();
  const again = await openLog(memoryFiles(files.contents));
  const map = wordsOf(again).id();
  const scope = { map, key: undefined, prefix: '', previous: true };
  const feed = again.engine.changes(scope, [from]);
  const told: string[] = [];
  for (let event = feed.take(); event !== undefined; event = feed.take()) {
    if (event.kind !== 'commit') continue;
    const keys: string[] = [];
    for (
      let change: typeof event.first | undefined = event.first;
      change !== undefined;
      change = change.next
    ) {
      keys.push(`${change.kind} ${change.key} ${textOf(change.previous)}`);
    }
    told.push(keys.join(', '));
  }
  feed.close();
  assert.deepEqual(told, ['update a one', 'delete b one', 'insert c , insert d ']);
  wordsOf(again).set('a', 'three');
  await again.engine.compact(() => undefined);
  const late = again.engine.changes(scope, [from]);
  assert.deepEqual(late.take(), { kind: 'gap' });
  await again.engine.close();
});

test('too much that waits for the disk is FULL, and goes on when the disk has caught up', async () => {
  const log = await openLog(memoryFiles(), { pendingBytes: 5000 });
  const words = wordsOf(log);
  assert.throws(
    () => {
      for (let n = 0; n < 100; n++) words.set(`k${n}`, 'v'.repeat(100));
    },
    { code: 'FULL' },
  );
  await log.engine.durable?.(log.state.version);
  words.set('more', 'v');
  await log.engine.close();
});

test('one holder: a second open is refused and told who; it may wait; files are for this user alone', async () => {
  await inFolder(async (dir) => {
    const inside = path.join(dir, 'data');
    const first = await logEngine({ dir: inside });
    await assert.rejects(logEngine({ dir: inside }), {
      code: 'IN_USE',
      message: new RegExp(`held by process ${process.pid} since`),
    });
    const waiting = logEngine({ dir: inside }, { waitMs: 60_000 });
    await first.close();
    await (await waiting).close();
    assert.equal((await stat(inside)).mode & 0o777, 0o700);
    for (const name of await readdir(inside)) {
      assert.equal((await stat(path.join(inside, name))).mode & 0o777, 0o600, name);
    }
  });
});
