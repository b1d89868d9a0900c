// Files that were cut or changed while nobody had them open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../../../src/base/errors.ts';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { recover } from '../../../src/engines/log/recovery.ts';
import { memoryFiles } from '../../../src/fs/memory-files.ts';
import { contentOf, openLog, wordsOf } from './fixture.ts';
import { type Moment, runScript } from './script.ts';
import { type Disk, tracedFiles } from './trace.ts';

/** A log of all kinds of records and segments, closed in order. */
async function sample(): Promise<{ readonly disk: Disk; readonly moments: readonly Moment[] }> {
  const { files, moments } = await runScript(12);
  return { disk: files.disk(), moments };
}

/** Opens a damaged disk: `'corrupt'`, or whether all that had stood is there. */
async function outcome(
  disk: Disk,
  name: string,
  moments: readonly Moment[],
): Promise<'corrupt' | 'whole' | 'prefix'> {
  try {
    await recover(tracedFiles(disk));
  } catch (error) {
    assert.ok(error instanceof StoreError && error.code === 'CORRUPT', String(error));
    assert.match(error.message, new RegExp(`${name}: .*, at offset \\d+$`));
    return 'corrupt';
  }
  const clock = manualClock();
  await clock.tick((moments.at(-1)?.now ?? 0) - clock.now());
  const { state } = await openLog(tracedFiles(disk), {}, clock);
  const content = contentOf(state);
  if (content === moments.at(-1)?.content) return 'whole';
  assert.ok(
    moments.some((moment) => moment.content === content),
    `${name}: found what never stood:\n${content}`,
  );
  return 'prefix';
}

test('damage: a log cut at any offset is a prefix of what stood, or CORRUPT with file and offset', async (t) => {
  const { disk, moments } = await sample();
  const counts = { corrupt: 0, whole: 0, prefix: 0 };
  for (const [name, bytes] of disk) {
    for (let length = 0; length < bytes.length; length++) {
      counts[await outcome(new Map(disk).set(name, bytes.subarray(0, length)), name, moments)]++;
    }
  }
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.corrupt > 0 && counts.prefix > 0);
});

test('damage: a flipped bit is found and named, or was in what a crash may take', async (t) => {
  const { disk, moments } = await sample();
  const counts = { corrupt: 0, whole: 0, prefix: 0 };
  for (const [name, bytes] of disk) {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7));
      counts[await outcome(new Map(disk).set(name, flipped), name, moments)]++;
    }
  }
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.corrupt > counts.whole + counts.prefix);
});

test('damage: a missing file is CORRUPT and named', async () => {
  const { disk } = await sample();
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
