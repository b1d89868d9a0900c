import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import { createWatch } from '../../src/map/watch.ts';
import { Script } from './watch-fixture.ts';
import { briefs, read, turns } from './watch-reading.ts';

const code = (expected: string) => (error: unknown) => error instanceof StoreError && error.code === expected;

describe('a watch from now', () => {
  test('is live at once, on an empty map too, and misses nothing written after the call', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    script.put(['a', 1], ['a', 2], ['a', undefined]);
    await watch.ready;
    const seen = await read(watch, 4);
    assert.deepEqual(briefs(seen), ['live', 'insert a 1', 'update a 2', 'delete a']);
    assert.deepEqual(seen[0], { type: 'live', bookmark: 'one:0' });
    assert.deepEqual(seen[1], { type: 'insert', key: 'a', value: 1, version: 1, bookmark: 'one:1' });
  });

  test('shows nothing of what was there before', async () => {
    const script = new Script();
    script.put(['a', 1]);
    const watch = createWatch(script.context);
    script.put(['b', 2]);
    assert.deepEqual(briefs(await read(watch, 2)), ['live', 'insert b 2']);
  });

  test('tells expiry, eviction and deletion apart', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    script.put(['a', 1, 'insert', 500], ['a', undefined, 'expire'], ['b', 1], ['b', undefined, 'evict']);
    const [, insert, expire, , evict] = await read(watch, 5);
    assert.deepEqual(insert, {
      type: 'insert',
      key: 'a',
      value: 1,
      version: 1,
      bookmark: 'one:1',
      expiresAt: 500,
    });
    assert.deepEqual(expire, { type: 'expire', key: 'a', version: 2, bookmark: 'one:2' });
    assert.deepEqual(evict, { type: 'delete', reason: 'evicted', key: 'b', version: 4, bookmark: 'one:4' });
  });

  test('has the previous value only on request', async () => {
    const script = new Script();
    script.put(['a', 1]);
    const [plain, full] = [createWatch(script.context), createWatch(script.context, { previous: true })];
    script.put(['a', 2], ['a', undefined], ['a', 3]);
    assert.deepEqual(
      (await read(plain, 4)).map((change) => 'previous' in change),
      [false, false, false, false],
    );
    const [, update, removal, insert] = await read(full, 4);
    assert.deepEqual(
      [update, removal].map((change) => change && 'previous' in change && change.previous),
      [1, 2],
    );
    assert.equal(insert && 'previous' in insert, false);
  });

  test('of a key or a prefix sees nothing else', async () => {
    const script = new Script();
    const key = createWatch(script.context, { key: 'ab' });
    const prefix = createWatch(script.context, { prefix: 'a' });
    script.put(['b', 1], ['a', 2], ['ab', 3], ['abc', 4]);
    assert.deepEqual(briefs(await read(key, 2)), ['live', 'insert ab 3']);
    assert.deepEqual(briefs(await read(prefix, 4)), ['live', 'insert a 2', 'insert ab 3', 'insert abc 4']);
  });
});

describe('a watch of the state', () => {
  test('delivers the state in key order as replays, then live, then changes', async () => {
    const script = new Script();
    script.put(['b', 1], ['\u{10000}', 2], ['\uffee', 3], ['a', 4]);
    const watch = createWatch(script.context, { start: 'current' });
    const seen = await read(watch, 'live');
    assert.deepEqual(briefs(seen), [
      'insert a 4 replay',
      'insert b 1 replay',
      'insert \uffee 3 replay',
      'insert \u{10000} 2 replay',
      'live',
    ]);
    assert.deepEqual(seen[0], {
      type: 'insert',
      key: 'a',
      value: 4,
      version: 4,
      replay: true,
      bookmark: 'one:-',
    });
    assert.deepEqual(seen[4], { type: 'live', bookmark: 'one:4' });
    script.put(['a', undefined]);
    assert.deepEqual(briefs(await read(watch, 1)), ['delete a']);
  });

  test('is live at once on an empty map, key or prefix', async () => {
    for (const options of [{}, { key: 'x' }, { prefix: 'x' }]) {
      const script = new Script();
      if ('key' in options || 'prefix' in options) script.put(['y', 1]);
      const watch = createWatch(script.context, { ...options, start: 'current' });
      assert.deepEqual(briefs(await read(watch, 1)), ['live']);
    }
  });

  test('of a key or a prefix delivers that part of the state', async () => {
    const script = new Script();
    script.put(['a', 1], ['ab', 2], ['abc', 3], ['b', 4]);
    const key = createWatch(script.context, { key: 'ab', start: 'current' });
    const prefix = createWatch(script.context, { prefix: 'ab', start: 'current' });
    assert.deepEqual(briefs(await read(key, 'live')), ['insert ab 2 replay', 'live']);
    assert.deepEqual(briefs(await read(prefix, 'live')), [
      'insert ab 2 replay',
      'insert abc 3 replay',
      'live',
    ]);
  });

  test('delivers what changed meanwhile, coalesced, as replays, deletes too', async () => {
    const script = new Script();
    script.put(['a', 1], ['b', 1], ['c', 1]);
    const watch = createWatch(script.context, { start: 'current' });
    assert.deepEqual(briefs(await read(watch, 1)), ['insert a 1 replay']);
    script.put(['a', 2], ['a', 3], ['b', undefined], ['d', 1], ['e', 1], ['e', undefined]);
    const seen = await read(watch, 'live');
    assert.deepEqual(briefs(seen), [
      'insert b 1 replay',
      'insert c 1 replay',
      'update a 3 replay',
      'delete b replay',
      'insert d 1 replay',
      'live',
    ]);
    assert.deepEqual(
      seen.slice(0, -1).map(({ bookmark }) => bookmark),
      Array(5).fill('one:-'),
    );
    assert.equal(seen.at(-1)?.bookmark, `one:${script.versions[0]}`);
  });

  test('is read page by page, and ends although keys are added behind it', async () => {
    const script = new Script();
    let next = 0;
    const add = (): void => script.put([`k${String(next).padStart(5, '0')}`, next++]);
    while (next < 1_500) add();
    const watch = createWatch(script.context, { start: 'current' });
    let seen = await read(watch, 1);
    for (let i = 0; i < 5_000 && seen.at(-1)?.type !== 'live'; i++) {
      add();
      await Promise.resolve();
      seen = await read(watch, 1);
    }
    assert.equal(seen[0]?.type, 'live');
    assert.equal(script.reads, 4);
  });

  test('takes changes in whether somebody reads or not', async () => {
    const script = new Script();
    script.put(['a', 1]);
    const watch = createWatch(script.context, { start: 'current', queueLimit: 2 });
    const unread = createWatch(script.context, { start: 'current', queueLimit: 2 });
    await read(watch, 1);
    for (let i = 0; i < 100; i++) {
      script.put(['a', i]);
      await turns();
      script.forget();
    }
    assert.deepEqual(briefs(await read(watch, 2)), ['update a 99 replay', 'live']);
    assert.deepEqual(briefs(await read(unread, 2)), ['insert a 99 replay', 'live']);
  });

  test('has no previous values', async () => {
    const script = new Script();
    script.put(['a', 1]);
    const watch = createWatch(script.context, { start: 'current', previous: true });
    await read(watch, 1);
    script.put(['a', 2]);
    const seen = await read(watch, 'live');
    assert.deepEqual(seen[0], {
      type: 'update',
      key: 'a',
      value: 2,
      version: 2,
      replay: true,
      bookmark: 'one:-',
    });
  });

  test('starts over when changes were lost meanwhile', async () => {
    const script = new Script();
    script.put(['a', 1], ['b', 1]);
    const watch = createWatch(script.context, { start: 'current' });
    assert.deepEqual(briefs(await read(watch, 1)), ['insert a 1 replay']);
    script.put(['a', undefined]);
    script.forget();
    await turns();
    assert.deepEqual(briefs(await read(watch, 'live')), ['reset', 'insert b 1 replay', 'live']);
  });
});

describe('a watch that resumes', () => {
  test('Resumable: delivers exactly what came after the bookmark, then live', async () => {
    const script = new Script();
    const first = createWatch(script.context);
    script.put(['a', 1], ['b', 2], ['c', 3]);
    const seen = await read(first, 4);
    for (const [i, { bookmark }] of seen.entries()) {
      const watch = createWatch(script.context, { start: bookmark });
      assert.equal(watch.bookmark, bookmark);
      assert.deepEqual(briefs(await read(watch, 'live')), [...briefs(seen.slice(i + 1)), 'live']);
      assert.deepEqual(watch.bookmark, 'one:3');
    }
  });

  test('is live although writers never pause', async () => {
    const script = new Script();
    script.put(['a', 0]);
    const watch = createWatch(script.context, { start: 'one:0' });
    const types = new Set<string>();
    for (let i = 0; i < 10; i++) {
      script.put(['a', i], ['a', i]);
      for (const change of await read(watch, 1)) types.add(change.type);
    }
    assert.ok(types.has('live'));
  });

  test('resets when the history is gone, foreign, or of another number of partitions', async () => {
    const script = new Script();
    script.put(['a', 1], ['a', 2]);
    script.forget();
    script.put(['b', 1]);
    for (const start of ['one:0', 'two:3', 'one:3.0', 'one:-']) {
      const watch = createWatch(script.context, { start });
      await turns();
      const seen = await read(watch, 'live');
      assert.deepEqual(briefs(seen), ['reset', 'insert a 2 replay', 'insert b 1 replay', 'live'], start);
      assert.equal(seen[0]?.bookmark, 'one:-');
    }
  });

  test('resets when the bookmark is ahead of the history', async () => {
    for (const form of ['sync', 'async'] as const) {
      const script = new Script({ form });
      script.put(['a', 1]);
      const watch = createWatch(script.context, { start: 'one:9' });
      await turns();
      assert.deepEqual(briefs(await read(watch, 'live')), ['reset', 'insert a 1 replay', 'live'], form);
    }
  });

  test('from a bookmark taken before live restarts the catch-up', async () => {
    const script = new Script();
    script.put(['a', 1], ['b', 2]);
    const watch = createWatch(script.context, { start: 'current' });
    await read(watch, 1);
    const again = createWatch(script.context, { start: watch.bookmark });
    assert.deepEqual(briefs(await read(again, 'live')), [
      'reset',
      'insert a 1 replay',
      'insert b 2 replay',
      'live',
    ]);
  });

  test('Atomic: is not live in the middle of a commit', async () => {
    const script = new Script();
    let open = (): void => undefined;
    script.gate = new Promise((resolve) => (open = resolve));
    const watch = createWatch(script.context, { start: 'one:0' });
    script.commit(['a', 1], ['b', 2]);
    assert.deepEqual(briefs(await read(watch, 1)), ['insert a 1']);
    script.versions = [0];
    open();
    await turns();
    assert.deepEqual(briefs(await read(watch, 2)), ['insert b 2', 'live']);
  });

  test('may be further behind than its queue is long', async () => {
    const script = new Script();
    for (let i = 0; i < 50; i++) script.put(['a', i]);
    const watch = createWatch(script.context, { start: 'one:0', queueLimit: 5 });
    assert.equal((await read(watch, 'live')).filter(({ type }) => type === 'reset').length, 0);
  });

  test('refuses at once what is no bookmark', () => {
    const { context } = new Script();
    for (const start of [
      '',
      'later',
      'one',
      'one:',
      'one:x',
      'one:1.',
      'one:9007199254740992',
      ':1',
      'one:-1',
      'o ne:1',
    ]) {
      assert.throws(() => createWatch(context, { start }), code('FORMAT'), start);
    }
    // @ts-expect-error: a bookmark is a string
    assert.throws(() => createWatch(context, { start: 5 }), TypeError);
  });
});

describe('a commit', () => {
  test('Atomic: is delivered whole, and its bookmarks never split it', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    script.commit(['a', 1], ['b', 2], ['c', 3]);
    script.put(['d', 4]);
    const seen = await read(watch, 5);
    assert.deepEqual(
      seen.map(({ bookmark }) => bookmark),
      ['one:0', 'one:0', 'one:0', 'one:1', 'one:2'],
    );
    const again = createWatch(script.context, { start: seen[2]?.bookmark ?? '' });
    assert.deepEqual(briefs(await read(again, 3)), ['insert a 1', 'insert b 2', 'insert c 3']);
  });

  test('Atomic: counts as delivered when its last change in scope was', async () => {
    const script = new Script();
    const watch = createWatch(script.context, { prefix: 'x' });
    script.commit(['x1', 1], ['y', 2], ['x2', 3], ['z', 4]);
    assert.deepEqual(
      (await read(watch, 3)).map(({ bookmark }) => bookmark),
      ['one:0', 'one:0', 'one:1'],
    );
  });

  test('is delivered only when it is durable', async () => {
    const script = new Script({ durable: true });
    const watch = createWatch(script.context);
    await read(watch, 1);
    script.put(['a', 1]);
    let arrived = false;
    const next = watch.next().then((result) => {
      arrived = true;
      return result;
    });
    await turns();
    assert.equal(arrived, false);
    script.flush();
    assert.deepEqual((await next).value, {
      type: 'insert',
      key: 'a',
      value: 1,
      version: 1,
      bookmark: 'one:1',
    });
  });

  test('that is in the state is delivered only when it is durable, and not at all when it is taken back', async () => {
    const script = new Script({ durable: true });
    script.put(['a', 1]);
    script.flush();
    script.put(['b', 2]);
    const watch = createWatch(script.context, { start: 'current' });
    const seen = read(watch, 'live');
    await turns();
    assert.equal(watch.lag, 0);
    script.takeBack();
    await turns();
    script.flush();
    assert.deepEqual(briefs(await seen), ['insert a 1 replay', 'live']);
  });
});
