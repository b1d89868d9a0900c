import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import type { View } from '../../src/contract/watch.ts';
import { createView } from '../../src/map/live-view.ts';
import { watchersOf } from '../../src/map/watchers.ts';
import { BROKEN, Script } from './watch-fixture.ts';
import { turns } from './watch-reading.ts';

const code = (expected: string) => (error: unknown) => error instanceof StoreError && error.code === expected;

const held = (view: View<unknown, unknown>): [unknown, unknown][] =>
  Array.from(view, ([key, value]) => [key, value]);

for (const form of ['sync', 'async'] as const) {
  describe(`a view on an engine of form ${form}`, () => {
    test('is complete when it is handed out, and follows every change', async () => {
      const script = new Script({ form });
      script.put(['b', 2], ['a', 1], ['x', 9]);
      const view = await createView(script.context);
      assert.deepEqual(held(view), [
        ['a', 1],
        ['b', 2],
        ['x', 9],
      ]);
      assert.equal(view.live, true);
      script.commit(['a', 10], ['b', undefined], ['c', 3]);
      script.show();
      await turns();
      assert.deepEqual(held(view), [
        ['a', 10],
        ['c', 3],
        ['x', 9],
      ]);
      assert.deepEqual(
        [view.get('a'), view.get('b'), view.has('c'), view.has('b'), view.size],
        [10, undefined, true, false, 3],
      );
      assert.deepEqual(view.entry('a'), { key: 'a', value: 10, version: 4 });
      assert.equal(view.bookmark, 'one:4');
    });

    test('of a prefix holds nothing else', async () => {
      const script = new Script({ form });
      script.put(['ab', 1], ['b', 2]);
      const view = await createView(script.context, { prefix: 'a' });
      script.put(['ac', 3], ['c', 4]);
      script.show();
      await turns();
      assert.deepEqual(held(view), [
        ['ab', 1],
        ['ac', 3],
      ]);
      assert.equal(view.has('b'), false);
    });

    test('serves the old state while it catches up after a reset, and swaps in one step', async () => {
      const script = new Script({ form: 'async' });
      script.put(['a', 1], ['b', 2]);
      const view = await createView(script.context);
      script.put(['a', undefined], ['c', 3]);
      let open = (): void => undefined;
      script.gate = new Promise((resolve) => (open = resolve));
      script.forget();
      await turns();
      assert.equal(view.live, false);
      assert.deepEqual(held(view), [
        ['a', 1],
        ['b', 2],
      ]);
      await script.clock.tick(250);
      assert.equal(view.staleMs, 250);
      script.gate = undefined;
      open();
      await turns();
      assert.deepEqual(held(view), [
        ['b', 2],
        ['c', 3],
      ]);
      assert.equal(view.live, true);
      assert.equal(view.staleMs, 0);
    });
  });
}

describe('a view', () => {
  test('of an empty map is complete', async () => {
    const view = await createView(new Script().context);
    assert.deepEqual([view.size, view.live, held(view)], [0, true, []]);
  });

  test('shows at once what an engine that answers at once has accepted', async () => {
    const script = new Script();
    const view = await createView(script.context);
    script.put(['a', 1]);
    assert.equal(view.get('a'), 1);
    assert.equal(view.staleMs, 0);
  });

  test('shows only what is durable', async () => {
    const script = new Script({ durable: true });
    const view = await createView(script.context);
    script.put(['a', 1]);
    assert.equal(view.get('a'), undefined);
    script.flush();
    assert.equal(view.get('a'), 1);
  });

  test('lists in the order of UTF-8 bytes', async () => {
    const script = new Script();
    script.put(['\u{10000}', 1], ['\uffee', 2], ['z', 3], ['é', 4]);
    const view = await createView(script.context);
    assert.deepEqual(
      Array.from(view.list(), ({ key }) => key),
      ['z', 'é', '\uffee', '\u{10000}'],
    );
  });

  test('may be written to while it is listed', async () => {
    const script = new Script();
    script.put(['a', 1], ['b', 2], ['c', 3]);
    const view = await createView(script.context);
    const keys: unknown[] = [];
    for (const { key } of view.list()) {
      keys.push(key);
      script.put(['b', undefined], ['bb', 1]);
      view.get('a');
    }
    assert.deepEqual(keys, ['a', 'c']);
  });

  test('reads an expired entry as absent before its removal arrives', async () => {
    const script = new Script();
    script.put(['a', 1, 'insert', script.clock.now() + 100], ['b', 2, 'insert', script.clock.now() + 900]);
    const view = await createView(script.context);
    assert.equal(view.entry('a')?.expiresAt, script.clock.now() + 100);
    await script.clock.tick(100);
    assert.deepEqual([view.get('a'), view.size, held(view)], [undefined, 1, [['b', 2]]]);
    script.put(['a', undefined, 'expire'], ['b', 3]);
    await script.clock.tick(1_000);
    assert.deepEqual([view.size, held(view)], [1, [['b', 3]]]);
  });

  test('of more entries than maxEntries is refused with LIMIT, and ends with it later', async () => {
    const script = new Script();
    script.put(['a', 1], ['b', 2]);
    await assert.rejects(createView(script.context, { maxEntries: 1 }), code('LIMIT'));
    assert.equal(script.feeds.size, 0);
    const view = await createView(script.context, { maxEntries: 2 });
    script.put(['a', 3]);
    await turns();
    assert.equal(view.live, true);
    script.put(['c', 3]);
    await turns();
    assert.ok(code('LIMIT')(view.error));
    assert.equal(view.live, false);
    assert.equal(view.get('a'), 3);
    assert.deepEqual(watchersOf(script.engine), []);
  });

  test('ends with CODEC for what cannot be decoded, and goes on serving', async () => {
    const script = new Script();
    script.put(['a', 1]);
    const view = await createView(script.context);
    script.put(['b', BROKEN]);
    await turns();
    assert.ok(code('CODEC')(view.error));
    assert.deepEqual(held(view), [['a', 1]]);
    await script.clock.tick(40);
    assert.equal(view.staleMs, 40);
    await assert.rejects(createView(script.context), code('CODEC'));
  });

  test('leaves out what onInvalid is told of', async () => {
    const told: string[] = [];
    const script = new Script({ onInvalid: ({ key }) => told.push(key) });
    script.put(['a', 1], ['b', BROKEN]);
    const view = await createView(script.context);
    assert.deepEqual([held(view), told, view.error], [[['a', 1]], ['b'], undefined]);
  });

  test('ends with the map without an error, and is refused after that', async () => {
    const script = new Script();
    script.put(['a', 1]);
    const view = await createView(script.context);
    script.close();
    assert.deepEqual([view.live, view.error, held(view)], [false, undefined, [['a', 1]]]);
    await assert.rejects(createView(script.context), code('CLOSED'));
    await view.close();
    await view.close();
  });

  test('that is not complete in time, or not wanted any more, is closed', async () => {
    const script = new Script({ form: 'async' });
    script.gate = new Promise(() => undefined);
    const late = createView(script.context, { deadlineMs: 100 });
    const controller = new AbortController();
    const aborted = createView(script.context, { signal: controller.signal });
    const closed = createView(script.context);
    await turns();
    assert.equal(script.feeds.size, 3);
    await Promise.all([assert.rejects(late, code('TIMEOUT')), script.clock.tick(100)]);
    controller.abort(new Error('enough'));
    await assert.rejects(aborted, /enough/);
    assert.equal(script.feeds.size, 1);
    script.close();
    await assert.rejects(closed, code('CLOSED'));
    assert.equal(script.feeds.size, 0);
  });

  test('refuses bad options before anything is opened', async () => {
    const { context, feeds } = new Script();
    for (const maxEntries of [0, 1.5, NaN])
      await assert.rejects(createView(context, { maxEntries }), RangeError);
    await assert.rejects(createView(context, { deadlineMs: -1 }), RangeError);
    // @ts-expect-error: unknown option
    await assert.rejects(createView(context, { key: 'a' }), TypeError);
    // @ts-expect-error: no signal
    await assert.rejects(createView(context, { signal: 'now' }), TypeError);
    assert.equal(feeds.size, 0);
  });

  test('takes in more than fits into any queue', async () => {
    const script = new Script();
    const view = await createView(script.context);
    for (let i = 0; i < 3_000; i++) script.put([`k${i}`, i]);
    script.forget();
    await turns();
    assert.equal(view.size, 3_000);
    assert.equal(view.live, true);
    assert.equal(script.reads, 5);
  });
});
