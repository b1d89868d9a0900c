// Every call of the file system fails once with each error, while a log is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { StoreError } from '../../../src/base/errors.ts';
import type { Files, OpenFile } from '../../../src/fs/files.ts';
import { contentOf, openLog, wordsOf } from './fixture.ts';
import { CrashDisk, type Disk, tracedFiles, type TracedFiles } from './trace.ts';

/** What became of the writes of a session. */
interface Session {
  readonly files: TracedFiles;
  /** Keys that must be there, must not be there, and may be. */
  readonly acked: Set<string>;
  readonly refused: Set<string>;
  readonly unknown: Set<string>;
  readonly poisoned: boolean;
  readonly opened: boolean;
  readonly live: string;
  readonly codes: readonly string[];
}

/** Writes a key in each of many batches, over several segments, and compacts. */
async function session(files: TracedFiles): Promise<Session> {
  const acked = new Set<string>();
  const refused = new Set<string>();
  const unknown = new Set<string>();
  const codes: string[] = [];
  const none = { files, acked, refused, unknown, poisoned: false, codes };
  const log = await openLog(files).catch((error: unknown) => codes.push(codeOf(error)));
  if (typeof log === 'number') return { ...none, opened: false, live: '' };
  const { engine, state } = log;
  const words = wordsOf(log);
  const settle = async (keys: readonly string[], version: number): Promise<void> => {
    try {
      await engine.durable?.(version);
      for (const key of keys) acked.add(key);
    } catch (error) {
      const code = codeOf(error);
      codes.push(code);
      for (const key of keys) (code === 'UNKNOWN_OUTCOME' ? unknown : refused).add(key);
    }
  };
  const settled: Promise<void>[] = [];
  for (let n = 0; n < 14 && state.fault === undefined; n++) {
    const keys = [`a${n}`, `b${n}`];
    try {
      words.set(keys[0] ?? '', `${n}`.repeat(400));
      settled.push(settle(keys, words.set(keys[1] ?? '', n)));
    } catch (error) {
      codes.push(codeOf(error));
      for (const key of keys) refused.add(key);
    }
    if (n % 3 === 0) await settled.at(-1);
    if (n === 9) await engine.compact(() => undefined).catch((error: unknown) => codes.push(codeOf(error)));
  }
  await Promise.all(settled);
  const poisoned = state.fault !== undefined;
  const live = contentOf(state);
  if (poisoned) assert.throws(() => words.get('a0'), { code: 'POISONED' });
  await engine.close().catch((error: unknown) => codes.push(codeOf(error)));
  return { ...none, poisoned, opened: true, live };
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof StoreError, String(error));
  return error.code;
}

/** Everything as it was written, and only what must be durable. */
function disksAfter({ files }: Session, begin?: Disk): readonly Disk[] {
  const crash = new CrashDisk(begin);
  for (const op of files.ops) crash.pass(op);
  const durable = crash.states(undefined, () => 0, 0).next().value as Disk;
  return [files.disk(), durable];
}

async function checkDisk(disk: Disk, { acked, refused, poisoned }: Session, where: string): Promise<void> {
  const { state } = await openLog(tracedFiles(disk));
  const keys = new Set(
    contentOf(state)
      .split('\n')
      .flatMap((line) => /^m\/(\w+)=/.exec(line)?.[1] ?? []),
  );
  for (const key of acked) assert.ok(keys.has(key), `${where}: acknowledged ${key} is lost`);
  for (const key of refused) assert.ok(!keys.has(key) || poisoned, `${where}: refused ${key} is there`);
}

for (const code of ['EIO', 'ENOSPC', 'EMFILE'] as const) {
  test(`faults: each call failing once with ${code}: all settles, what was acknowledged stays, what was refused is gone`, async (t) => {
    const { files: clean } = await session(tracedFiles());
    const codes = new Map<string, number>();
    let poisoned = 0;
    for (let call = 1; call <= clean.calls; call++) {
      for (const after of code === 'ENOSPC' ? [0, 1, 100] : [0]) {
        const where = `call ${call}, ${code} after ${after} bytes`;
        const done = await session(tracedFiles(new Map(), { call, code, after }));
        for (const each of done.codes) codes.set(each, (codes.get(each) ?? 0) + 1);
        if (done.poisoned) poisoned++;
        else if (done.opened) {
          for (const key of done.refused)
            assert.ok(!done.live.includes(`m/${key}=`), `${where}: ${key} is seen`);
          for (const key of done.acked)
            assert.ok(done.live.includes(`m/${key}=`), `${where}: ${key} is not seen`);
        }
        for (const disk of disksAfter(done)) await checkDisk(disk, done, where);
      }
    }
    t.diagnostic(`${clean.calls} calls, ${poisoned} poisoned, ${JSON.stringify(Object.fromEntries(codes))}`);
    assert.ok(codes.size > 0);
    for (const each of codes.keys()) {
      assert.ok(['IO', 'FULL', 'UNKNOWN_OUTCOME', 'POISONED', 'CLOSED'].includes(each), each);
    }
  });
}

test('faults: a disk that writes only half of what it is asked is written to until all is there', async () => {
  const done = await session(tracedFiles(new Map(), undefined, true));
  assert.deepEqual([done.codes, done.acked.size, done.refused.size], [[], 28, 0]);
  for (const disk of disksAfter(done)) await checkDisk(disk, done, 'short writes');
});

test('faults: one failed sync poisons, is never retried, and nothing is acknowledged after it', async () => {
  const files = tracedFiles();
  let failed = 0;
  const log = await openLog(files);
  const words = wordsOf(log);
  const file = log.state.active.file;
  assert.ok(file);
  log.state.active.file = {
    ...file,
    write: async () => {
      failed++;
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  };
  words.set('a', 1);
  const first = assert.rejects(log.engine.durable?.(log.state.version) ?? assert.fail(), {
    code: 'UNKNOWN_OUTCOME',
  });
  const second = (async () => {
    await turn();
    assert.throws(() => words.set('b', 1), { code: 'POISONED' });
    assert.throws(() => words.get('a'), { code: 'POISONED' });
    await assert.rejects(log.engine.position(), { code: 'POISONED' });
  })();
  await first;
  await second;
  await turn();
  assert.equal(failed, 1);
  await log.engine.close();
});

test('faults: what waits in many batches and segments is taken back as a whole, and the store goes on', async () => {
  for (let failing = 0; failing < 8; failing++) {
    const files = tracedFiles();
    const full = { after: Infinity };
    const limited: Files = {
      ...files,
      async open(name, how, through) {
        const file = await files.open(name, how, through);
        const write: OpenFile['write'] = async (bytes, at) => {
          if (bytes.length > 100_000 && full.after-- <= 0) {
            throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
          }
          return file.write(bytes, at);
        };
        return { ...file, write };
      },
    };
    const log = await openLog(limited, { segmentBytes: 4 * 2 ** 20 });
    const words = wordsOf(log);
    words.set('before', 'stays');
    await log.engine.durable?.(log.state.version);
    full.after = failing;
    for (let n = 0; n < 90; n++) words.set(`k${n}`, 'x'.repeat(100_000));
    const outcome = await log.engine.durable?.(log.state.version).then(
      () => 'durable',
      (error: unknown) => codeOf(error),
    );
    full.after = Infinity;
    const expected = outcome === 'durable' ? 91 : 1;
    assert.equal(log.engine.core.count(words.id(), '', undefined).count, expected, `write ${failing}`);
    words.set('after', 'goes on');
    await log.engine.durable?.(log.state.version);
    const content = contentOf(log.state);
    await log.engine.close();
    assert.equal(contentOf((await openLog(tracedFiles(files.disk()))).state), content);
  }
});

test('faults: versions of writes that were taken back are not used again', async () => {
  const files = tracedFiles();
  const log = await openLog(files);
  const words = wordsOf(log);
  const file = log.state.active.file;
  assert.ok(file);
  log.state.active.file = {
    ...file,
    write: async () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    },
  };
  const version = words.set('a', 1);
  assert.equal(words.get('a'), 1);
  await assert.rejects(log.engine.durable?.(version) ?? assert.fail(), { code: 'FULL' });
  assert.equal(words.get('a'), undefined);
  log.state.active.file = file;
  assert.ok(words.set('a', 2) > version);
  await log.engine.durable?.(log.state.version);
  assert.equal(words.get('a'), 2);
  await log.engine.close();
});
