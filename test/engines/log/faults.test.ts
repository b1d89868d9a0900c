// Every call of the file system fails once with each error, while a log is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { StoreError } from '../../../src/base/errors.ts';
import type { Files, OpenFile } from '../../../src/fs/files.ts';
import type { Block } from '../../../src/contract/services.ts';
import { contentOf, FORMAT, type OpenedLog, openLog, wordsOf } from './fixture.ts';
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
  /** What is seen at the end; `undefined` for nothing, after a failed sync. */
  readonly live: string | undefined;
  readonly codes: readonly string[];
}

/** Writes a key in each of many batches, over several segments, compacts, loads, drops, closes and goes on. */
async function session(files: TracedFiles): Promise<Session> {
  const acked = new Set<string>();
  const refused = new Set<string>();
  const unknown = new Set<string>();
  const codes: string[] = [];
  const failed = (error: unknown): undefined => {
    codes.push(codeOf(error));
    return undefined;
  };
  let poisoned = false;
  let opened = false;
  let live: string | undefined;
  for (const half of ['a', 'b']) {
    // The call that fails may be one of the opening; the next one finds everything as it was.
    const log = (await openLog(files).catch(failed)) ?? (await openLog(files).catch(failed));
    if (log === undefined) continue;
    opened = true;
    const { engine, state, clock } = log;
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
    for (let n = 0; n < 9 && state.fault === undefined; n++) {
      const keys = [`${half}x${n}`, `${half}y${n}`];
      try {
        words.set(keys[0] ?? '', `${n}`.repeat(400));
        words.set('short', 'lives', 20);
        settled.push(settle(keys, words.set(keys[1] ?? '', n)));
      } catch (error) {
        failed(error);
        for (const key of keys) refused.add(key);
      }
      if (n % 3 === 0) await settled.at(-1);
      if (n === 3) await clock.tick(50);
      if (n === 5) await engine.compact(() => undefined).catch(failed);
      if (n === 6) await loadSome(log).catch(failed);
      if (n === 7) {
        try {
          const gone = wordsOf(log, 'gone');
          gone.set('x', 'y');
          engine.maps.drop(gone.id());
        } catch (error) {
          failed(error);
        }
      }
    }
    await Promise.all(settled);
    poisoned ||= state.fault !== undefined;
    live = state.fault === undefined ? contentOf(state) : undefined;
    if (state.fault !== undefined) assert.throws(() => words.get('a0'), { code: 'POISONED' });
    await engine.close().catch(failed);
  }
  return { files, acked, refused, unknown, poisoned, opened, live, codes };
}

async function loadSome({ engine }: OpenedLog): Promise<void> {
  async function* blocks(): AsyncGenerator<Block> {
    const value = Buffer.from('loaded');
    yield {
      kind: 'entries',
      map: 1,
      entries: [{ key: 'l', value, version: 1, expiresAt: 0, shape: 0, stamp: undefined }],
    };
  }
  await engine.load({ maps: [{ id: 1, name: 'loaded', ...FORMAT }], blocks: blocks(), replace: true });
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

/** What becomes of every call: the code, and how many bytes a write writes all the same. */
const KINDS = { EIO: [0, 100], ENOSPC: [0, 1, 100], EMFILE: [0], SHORT: [0, 1, 100] };

for (const [code, amounts] of Object.entries(KINDS)) {
  test(`faults: each call failing once with ${code}: all settles, what was acknowledged stays, what was refused is gone`, async (t) => {
    const { files: clean } = await session(tracedFiles());
    const codes = new Map<string, number>();
    let poisoned = 0;
    for (let call = 1; call <= clean.calls; call++) {
      for (const after of amounts) {
        const where = `call ${call}, ${code} after ${after} bytes`;
        const done = await session(tracedFiles(new Map(), { call, code, after }));
        for (const each of done.codes) codes.set(each, (codes.get(each) ?? 0) + 1);
        if (done.poisoned) poisoned++;
        for (const key of done.refused)
          assert.ok(done.live?.includes(`m/${key}=`) !== true, `${where}: ${key} is seen`);
        for (const key of done.acked)
          assert.ok(done.live?.includes(`m/${key}=`) !== false, `${where}: ${key} is not seen`);
        for (const disk of disksAfter(done)) await checkDisk(disk, done, where);
      }
    }
    t.diagnostic(`${clean.calls} calls, ${poisoned} poisoned, ${JSON.stringify(Object.fromEntries(codes))}`);
    assert.ok(codes.size > 0 || code === 'SHORT');
    for (const each of codes.keys()) {
      assert.ok(['IO', 'FULL', 'UNKNOWN_OUTCOME', 'POISONED', 'CLOSED'].includes(each), each);
    }
  });
}

test('faults: what a failed sync left in the memory of the system alone is written again before it is served', async (t) => {
  const { files: clean } = await session(tracedFiles());
  let poisoned = 0;
  for (let call = 1; call <= clean.calls; call++) {
    const files = tracedFiles(new Map(), { call, code: 'EIO', after: Infinity });
    const first = await openLog(files).catch(() => undefined);
    if (first === undefined) continue;
    const words = wordsOf(first);
    for (let n = 0; n < 12 && first.state.fault === undefined; n++) {
      words.set(`k${n}`, 'v'.repeat(500));
      await first.engine.durable?.(first.state.version).catch(() => undefined);
    }
    if (first.state.fault !== undefined) poisoned++;
    await first.engine.close().catch(() => undefined);
    if (files.calls < call) break;
    // Another process sees what the system shows. What it saw must outlive a loss of power.
    const second = await openLog(files);
    const seen = contentOf(second.state);
    const crash = new CrashDisk();
    for (const op of files.ops) crash.pass(op);
    for (const disk of crash.states(undefined, () => 0, 1)) {
      assert.equal(contentOf((await openLog(tracedFiles(disk))).state), seen, `call ${call}`);
    }
    await second.engine.close();
  }
  t.diagnostic(`${poisoned} poisoned`);
  assert.ok(poisoned > 5);
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
    await log.state.reserve.make();
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
  assert.throws(() => words.set('a', 2), { code: 'FULL' });
  words.remove('a');
  await log.state.reserve.make();
  assert.ok(words.set('a', 2) > version);
  await log.engine.durable?.(log.state.version);
  assert.equal(words.get('a'), 2);
  await log.engine.close();
});
