// Files that were cut or changed while nobody had them open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { readState } from '../../../src/engines/log/opening.ts';
import { statsOf } from '../../../src/engines/log/stats.ts';
import { memoryFiles } from '../../../src/fs/memory-files.ts';
import { flipped, Opener, sample, SETTINGS } from './damage-everywhere.ts';
import { damageSuite } from './damage-suite.ts';
import { contentOf, openLog, wordsOf } from './fixture.ts';
import { tracedFiles } from './trace.ts';

damageSuite(65_536);

test('damage: a hint that was cut or changed counts for nothing, and one beside changed files neither', async () => {
  const found = await sample();
  const opener = new Opener(found);
  const hint = found.disk.get('hint') ?? assert.fail('no hint');
  for (let at = 0; at < hint.length; at++) {
    for (const bytes of [hint.subarray(0, at), flipped(hint, at)]) {
      assert.equal(await opener.open(new Map(found.disk).set('hint', bytes), 'hint'), 'whole');
    }
  }
  for (const [name, bytes] of found.disk) {
    for (let at = name.endsWith('.log') ? 0 : Infinity; at < bytes.length; at += 5) {
      const beside = await opener.open(new Map(found.disk).set(name, flipped(bytes, at)), name);
      const without = new Map(found.disk).set(name, flipped(bytes, at));
      without.delete('hint');
      assert.equal(beside, await opener.open(without, name));
    }
  }
});

test('damage: what is opened by its hint is what is opened without: entries, expiry, stamps, sizes', async () => {
  const { disk, moments } = await sample(3);
  const found: unknown[] = [];
  for (const hint of [true, false]) {
    const begin = new Map(disk);
    if (!hint) begin.delete('hint');
    const clock = manualClock();
    await clock.tick((moments.at(-1)?.now ?? 0) - clock.now());
    const { state } = await readState(tracedFiles(begin), SETTINGS, clock);
    const { indexBytes, ...sizes } = statsOf(state);
    assert.ok((indexBytes ?? 0) > 0);
    const stamps = Array.from(state.tombstones.list(), (each) => JSON.stringify(each)).sort();
    const parked = state.tables.map((table) => Array.from(table?.expiring.keys() ?? []));
    const { version, lineage, floor, sequence } = state;
    found.push({ content: contentOf(state), sizes, stamps, parked, version, lineage, floor, sequence });
    assert.ok(stamps.length > 0);
  }
  assert.deepEqual(found[0], found[1]);
});

test('damage: a missing file is CORRUPT and named', async () => {
  const { disk } = await sample();
  disk.delete('hint');
  disk.delete('reserve');
  assert.ok(disk.size > 2);
  for (const name of disk.keys()) {
    const rest = new Map(disk);
    rest.delete(name);
    await assert.rejects(openLog(tracedFiles(rest)), { code: 'CORRUPT' });
  }
});

test('damage: bytes of another log within a value are never taken for a batch', async () => {
  const files = tracedFiles();
  const log = await openLog(files);
  const words = wordsOf(log);
  words.set('a', 'b');
  await log.engine.durable?.(log.state.version);
  const foreign = Buffer.from([...files.disk().values()][0] ?? []).toString('latin1');
  log.engine.core.write(words.id(), 'log', Buffer.from(foreign, 'latin1'), 0, 0, 0, undefined, 0);
  await log.engine.durable?.(log.state.version);
  const disk = files.disk();
  const [name = '', bytes = new Uint8Array()] = [...disk][0] ?? [];
  const end = log.state.active.tail;
  for (let length = end - 1; length > end - 400; length -= 7) {
    const { state } = await openLog(memoryFiles(new Map(disk).set(name, bytes.slice(0, length))));
    assert.match(contentOf(state), /m\/a=b@1/);
  }
});

test('damage: the format of another release is FORMAT', async () => {
  const { disk } = await sample();
  disk.delete('hint');
  disk.delete('reserve');
  const { crc32 } = await import('node:zlib');
  for (const [name, bytes] of disk) {
    const other = Uint8Array.from(bytes);
    const view = new DataView(other.buffer);
    view.setUint32(8, 2, true);
    view.setUint32(60, crc32(other.subarray(0, 60)), true);
    await assert.rejects(openLog(tracedFiles(new Map(disk).set(name, other))), { code: 'FORMAT' });
  }
});

test('files that are none of ours are left alone', async () => {
  const files = memoryFiles(new Map([['notes.txt', Uint8Array.from([1])]]));
  const { engine } = await openLog(files);
  await engine.close();
  assert.deepEqual(files.contents.get('notes.txt'), Uint8Array.from([1]));
});
