import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import type { Follow } from '../../src/contract/watch.ts';
import { createFollow } from '../../src/map/follow.ts';
import { watchersOf } from '../../src/map/watchers.ts';
import { BROKEN, Script } from './watch-fixture.ts';
import { turns } from './watch-reading.ts';

async function value(follow: Follow<unknown>): Promise<unknown> {
  const { done, value: found } = await follow.next();
  assert.equal(done, false);
  return found;
}

/** Whether a read is still open after everything under way went on. */
async function waits(read: Promise<unknown>): Promise<boolean> {
  let open = true;
  const settle = (): void => void (open = false);
  read.then(settle, settle);
  await turns();
  return open;
}

for (const form of ['sync', 'async'] as const) {
  describe(`follow on an engine of form ${form}`, () => {
    test('gives the value now, then each newer one', async () => {
      const script = new Script({ form });
      script.put(['k', 1], ['other', 9]);
      const follow = createFollow(script.context, 'k');
      assert.equal(await value(follow), 1);
      for (const next of [2, 3]) {
        const read = follow.next();
        assert.equal(await waits(read), true);
        script.put(['other', next], ['k', next]);
        script.show();
        assert.deepEqual(await read, { done: false, value: next });
      }
    });

    test('gives undefined while the key is absent, at first and later', async () => {
      const script = new Script({ form });
      const follow = createFollow(script.context, 'k');
      assert.equal(await value(follow), undefined);
      script.put(['k', 1]);
      script.show();
      assert.equal(await value(follow), 1);
      script.put(['k', undefined, 'expire']);
      script.show();
      assert.equal(await value(follow), undefined);
    });

    test('skips to the newest for a slow reader, and never misses the last', async () => {
      const script = new Script({ form });
      const follow = createFollow(script.context, 'k');
      assert.equal(await value(follow), undefined);
      for (let i = 1; i <= 1_000; i++) script.put(['k', i]);
      script.show();
      assert.equal(await value(follow), 1_000);
      assert.equal(await waits(follow.next()), true);
    });

    test('shows an equal value that was written again, and nothing of what came and went unseen', async () => {
      const script = new Script({ form });
      script.put(['k', 1]);
      const follow = createFollow(script.context, 'k');
      assert.equal(await value(follow), 1);
      script.put(['k', 1]);
      script.show();
      assert.equal(await value(follow), 1);
      script.put(['k', undefined]);
      script.show();
      assert.equal(await value(follow), undefined);
      script.put(['k', 2], ['k', undefined]);
      script.show();
      assert.equal(await waits(follow.next()), true);
    });

    test('survives a reset without a flicker', async () => {
      const script = new Script({ form });
      script.put(['k', 1]);
      const follow = createFollow(script.context, 'k');
      assert.equal(await value(follow), 1);
      const read = follow.next();
      assert.equal(await waits(read), true);
      script.put(['other', 1]);
      script.lineage = 'two';
      script.forget();
      assert.equal(await waits(read), true);
      script.put(['k', 2]);
      script.show();
      assert.deepEqual(await read, { done: false, value: 2 });
      script.put(['k', undefined]);
      script.forget();
      assert.equal(await value(follow), undefined);
    });
  });
}

describe('the end of a follow', () => {
  test('comes with close, with leaving the loop, and with the map', async () => {
    const script = new Script();
    const follow = createFollow(script.context, 'k');
    for await (const each of follow) {
      assert.equal(each, undefined);
      break;
    }
    assert.deepEqual(await follow.next(), { done: true, value: undefined });
    const second = createFollow(script.context, 'k');
    assert.equal(await value(second), undefined);
    const read = second.next();
    script.close();
    assert.deepEqual(await read, { done: true, value: undefined });
    assert.equal(script.feeds.size, 0);
    assert.deepEqual(watchersOf(script.engine), []);
  });

  test('comes with the reason of its signal', async () => {
    const script = new Script();
    const controller = new AbortController();
    const follow = createFollow(script.context, 'k', { signal: controller.signal });
    assert.equal(await value(follow), undefined);
    const read = follow.next();
    controller.abort(new Error('enough'));
    await assert.rejects(read, /enough/);
    await assert.rejects(follow.next(), /enough/);
  });

  test('comes with CODEC for a value that cannot be decoded', async () => {
    const script = new Script();
    const follow = createFollow(script.context, 'k');
    assert.equal(await value(follow), undefined);
    script.put(['k', BROKEN]);
    await assert.rejects(follow.next(), (error) => error instanceof StoreError && error.code === 'CODEC');
  });

  test('bad arguments are refused at once', () => {
    const { context, feeds } = new Script();
    assert.throws(() => createFollow(context, ''), TypeError);
    assert.throws(() => createFollow(context, undefined), TypeError);
    // @ts-expect-error: unknown option
    assert.throws(() => createFollow(context, 'k', { start: 'now' }), TypeError);
    // @ts-expect-error: no signal
    assert.throws(() => createFollow(context, 'k', { signal: 1 }), TypeError);
    assert.equal(feeds.size, 0);
  });
});
