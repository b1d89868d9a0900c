import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import { createWatch } from '../../src/map/watch.ts';
import { open } from '../../src/map/open.ts';
import { watchersOf } from '../../src/map/watchers.ts';
import { BROKEN, Script } from './watch-fixture.ts';
import { apply, briefs, read, turns } from './watch-reading.ts';

const code = (expected: string) => (error: unknown) => error instanceof StoreError && error.code === expected;

describe('a reader', () => {
  test('that is too slow gets a reset, and a catch-up that ends', async () => {
    const script = new Script();
    const watch = createWatch(script.context, { queueLimit: 10 });
    await read(watch, 1);
    for (let i = 0; i < 10; i++) script.put([`k${i}`, i]);
    assert.deepEqual(briefs(await read(watch, 1)), ['insert k0 0']);
    for (let i = 0; i < 2; i++) script.put(['k1', i]);
    const seen = await read(watch, 'live');
    assert.equal(seen[0]?.type, 'reset');
    assert.deepEqual(apply(new Map(), seen), script.state());
    script.put(['z', 1]);
    assert.deepEqual(briefs(await read(watch, 1)), ['insert z 1']);
  });

  test('in step with a writer is told of progress once, and rests', async () => {
    const store = await open('memory:');
    const map = store.map<number>('m');
    const told: string[] = [];
    const reading = (async () => {
      for await (const change of map.watch({ key: 'mine' })) told.push(change.type);
    })();
    await turns();
    for (let i = 0; i < 100; i++) await map.set(i === 0 ? 'mine' : 'another', i);
    await store.close();
    await reading;
    assert.deepEqual(told, ['live', 'insert', 'progress']);
  });

  test('may ask several times at once and is answered in order', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    const asked = [watch.next(), watch.next(), watch.next()];
    await turns();
    script.put(['a', 1], ['a', 2]);
    const results = await Promise.all(asked);
    assert.deepEqual(briefs(results.map(({ value }) => value)), ['live', 'insert a 1', 'update a 2']);
  });

  test('may ask several times at once through a reset', async () => {
    const script = new Script();
    script.put(['a', 1], ['b', 2]);
    const watch = createWatch(script.context);
    await read(watch, 1);
    const asked = Array.from({ length: 3 }, () => watch.next());
    script.forget();
    script.put(['c', 3]);
    script.forget();
    await turns();
    const results = await Promise.all(asked);
    const seen = briefs([...results.map(({ value }) => value), ...(await read(watch, 'live'))]);
    assert.deepEqual(seen, ['reset', 'insert a 1 replay', 'insert b 2 replay', 'insert c 3 replay', 'live']);
  });

  test('hears nothing of a read that failed for a catch-up already given up', async () => {
    const script = new Script({ form: 'async' });
    script.put(['a', 1]);
    let fail: ((error: Error) => void) | undefined;
    const watch = createWatch(script.context, { start: 'current' });
    script.gate = new Promise((_, reject) => (fail = reject));
    const seen = read(watch, 'live');
    await turns();
    script.gate = undefined;
    script.put(['b', 2]);
    script.forget();
    await turns();
    fail?.(new Error('late'));
    assert.deepEqual(briefs(await seen), ['reset', 'insert a 1 replay', 'insert b 2 replay', 'live']);
    const next = watch.next();
    await turns();
    script.put(['c', 3]);
    script.show();
    assert.equal((await next).done, false);
  });

  test('that leaves its loop closes the watch', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    for await (const change of watch) if (change.type === 'live') break;
    assert.equal(script.feeds.size, 0);
    assert.deepEqual(await watch.next(), { done: true, value: undefined });
  });

  test('does not wait for a pending read to leave', async () => {
    const watch = createWatch(new Script().context);
    await read(watch, 1);
    const pending = [watch.next(), watch.next()];
    assert.deepEqual(await watch.return?.(), { done: true, value: undefined });
    assert.deepEqual(await Promise.all(pending), Array(2).fill({ done: true, value: undefined }));
    await watch.close();
  });

  test('is done when the map is closed', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    await read(watch, 1);
    const pending = watch.next();
    script.close();
    assert.deepEqual(await pending, { done: true, value: undefined });
    assert.deepEqual(await watch.next(), { done: true, value: undefined });
    for (const form of ['sync', 'async'] as const) {
      const closed = new Script({ form });
      closed.close();
      await assert.rejects(createWatch(closed.context).next(), code('CLOSED'));
      await assert.rejects(createWatch(closed.context).ready, code('CLOSED'));
    }
  });

  test('is rejected with the reason of its signal, before and after', async () => {
    const script = new Script();
    const controller = new AbortController();
    const watch = createWatch(script.context, { signal: controller.signal });
    await read(watch, 1);
    const pending = [watch.next(), watch.next()];
    const reason = new Error('enough');
    controller.abort(reason);
    for (const promise of [...pending, watch.next()]) await assert.rejects(promise, reason);
    await watch.close();
    await assert.rejects(watch.next(), reason);
    assert.equal(script.feeds.size, 0);
    const late = createWatch(script.context, { signal: controller.signal });
    await assert.rejects(late.ready, reason);
    await assert.rejects(late.next(), reason);
    assert.equal(script.feeds.size, 0);
  });

  test('hears of a fault by reading, and from ready before it stood', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    await read(watch, 1);
    const pending = watch.next();
    script.fault = new StoreError('UNAVAILABLE', 'gone');
    script.put(['a', 1]);
    await assert.rejects(pending, script.fault);
    await assert.rejects(watch.next(), script.fault);
    const second = createWatch(script.context);
    await assert.rejects(second.ready, script.fault);
    await assert.rejects(second.next(), script.fault);
  });

  test('that nobody reads leaves no unhandled rejection behind', async () => {
    const script = new Script();
    createWatch(script.context, { signal: AbortSignal.abort(new Error('over')) });
    script.fault = new StoreError('UNAVAILABLE', 'gone');
    createWatch(script.context);
    createWatch(new Script({ form: 'async' }).context);
    await turns();
  });

  test('refuses bad options before anything is opened', () => {
    const script = new Script();
    const { context } = script;
    const signal = new AbortController();
    // @ts-expect-error: unknown option
    assert.throws(() => createWatch(context, { from: 'now' }), TypeError);
    // @ts-expect-error: no options
    assert.throws(() => createWatch(context, null), TypeError);
    assert.throws(() => createWatch(context, { key: '' }), TypeError);
    assert.throws(() => createWatch(context, { key: 'a', prefix: 'b' }), TypeError);
    // @ts-expect-error: no signal
    assert.throws(() => createWatch(context, { signal }), TypeError);
    // @ts-expect-error: no boolean
    assert.throws(() => createWatch(context, { previous: 1 }), TypeError);
    assert.throws(() => createWatch(context, { queueLimit: 0 }), RangeError);
    assert.throws(() => createWatch(context, { queueLimit: NaN }), RangeError);
    assert.equal(script.feeds.size, 0);
  });
});

describe('what cannot be decoded', () => {
  test('ends the watch with CODEC, after what came before it', async () => {
    for (const start of ['now', 'current']) {
      const script = new Script();
      const watch = createWatch(script.context, { start });
      script.put(['a', 1], ['b', BROKEN], ['c', 3]);
      const seen = await read(watch, start === 'now' ? 2 : 1);
      assert.ok(briefs(seen).some((text) => text.startsWith('insert a 1')));
      await assert.rejects(watch.next(), code('CODEC'));
      await assert.rejects(watch.next(), code('CODEC'));
      assert.equal(script.feeds.size, 0);
    }
  });

  test('is told to onInvalid and left out', async () => {
    for (const start of ['now', 'current']) {
      const told: string[] = [];
      const script = new Script({ onInvalid: ({ key, version }) => told.push(`${key} ${version}`) });
      const watch = createWatch(script.context, { start });
      script.put(['a', 1], ['b', BROKEN], ['c', 3]);
      const keys = (await read(watch, 3)).flatMap((change) => ('key' in change ? [change.key] : []));
      assert.deepEqual(keys, ['a', 'c']);
      assert.deepEqual(told, ['b 2']);
    }
  });

  test('at the end of a commit leaves the bookmark of the commit to what is delivered last', async () => {
    const script = new Script({ onInvalid: () => undefined });
    const watch = createWatch(script.context);
    script.commit(['a', 1], ['b', 2], ['c', BROKEN]);
    script.commit(['d', BROKEN]);
    script.commit(['e', 5]);
    const seen = await read(watch, 4);
    assert.deepEqual(briefs(seen), ['live', 'insert a 1', 'insert b 2', 'insert e 5']);
    assert.deepEqual(
      seen.map(({ bookmark }) => bookmark),
      ['one:0', 'one:0', 'one:1', 'one:3'],
    );
  });

  test('counts as unknown in the place of a previous value', async () => {
    const told: string[] = [];
    const script = new Script({ onInvalid: ({ key }) => told.push(key) });
    script.put(['a', BROKEN]);
    const watch = createWatch(script.context, { previous: true });
    script.put(['a', 2]);
    const [, change] = await read(watch, 2);
    assert.deepEqual(change, { type: 'update', key: 'a', value: 2, version: 2, bookmark: 'one:2' });
    assert.deepEqual(told, ['a']);
  });

  test('ends only the watch whose onInvalid throws', async () => {
    const script = new Script({
      onInvalid: () => {
        throw new Error('strict');
      },
    });
    const watch = createWatch(script.context);
    script.put(['a', BROKEN]);
    await read(watch, 1);
    await assert.rejects(watch.next(), /strict/);
  });
});

describe('the list of watchers', () => {
  test('tells map, part, lag and liveness, until a watch ends', async () => {
    const script = new Script();
    script.put(['a', 1]);
    const watches = [
      createWatch(script.context),
      createWatch(script.context, { key: 'a', start: 'current' }),
    ] as const;
    await read(watches[0], 1);
    script.put(['a', 2], ['a', 3]);
    assert.deepEqual(watchersOf(script.engine), [
      { map: 'things', lag: 2, live: true },
      { map: 'things', key: 'a', lag: 2, live: false },
    ]);
    assert.equal(script.minded, 2);
    for (const watch of watches) await watch.close();
    assert.equal(script.minded, 0);
    assert.deepEqual(watchersOf(script.engine), []);
  });

  test('tells the lag of a commit that is partly read', async () => {
    const script = new Script();
    const watch = createWatch(script.context);
    script.commit(['a', 1], ['b', 2]);
    await read(watch, 2);
    assert.equal(watch.lag, 1);
    await read(watch, 1);
    assert.equal(watch.lag, 0);
  });
});
