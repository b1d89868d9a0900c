import assert from 'node:assert/strict';
import type { Follow } from '../../contract/watch.ts';
import { eventually, failsWith, mistake, pending, there, wrong } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';

async function value<Value>(follow: Follow<Value>): Promise<Value | undefined> {
  const step = await follow.next();
  assert.equal(step.done, false, 'the follow ended');
  return step.value;
}

/** Reads until the value comes; the values on the way. */
async function valuesUntil(
  follow: Follow<number>,
  last: number | undefined,
): Promise<(number | undefined)[]> {
  const seen: (number | undefined)[] = [];
  do seen.push(await value(follow));
  while (seen.at(-1) !== last);
  return seen;
}

async function followed(t: Trial, run: (follow: Follow<number>) => Promise<void>): Promise<void> {
  const follow = t.map().follow('a');
  try {
    await run(follow);
  } finally {
    await follow.close();
  }
  await eventually('no watcher is left', async () => (await t.store.inspect()).watchers.length === 0);
}

export const followLaws: readonly Law[] = [
  law('follow: gives the value now, then each newer one', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    await followed(t, async (follow) => {
      assert.equal(await value(follow), 1);
      await map.set('a', 2);
      assert.equal(await value(follow), 2);
      await map.set('b', 9);
      const waiting = follow.next();
      assert.ok(await pending(waiting), 'another key is none of its business');
      await map.set('a', 3);
      assert.deepEqual(await waiting, { done: false, value: 3 });
    });
  }),

  law('follow: gives undefined while the key is absent', async (t) => {
    const map = t.map();
    await followed(t, async (follow) => {
      assert.equal(await value(follow), undefined);
      await map.set('a', 1);
      assert.equal(await value(follow), 1);
      await map.delete('a');
      assert.equal(await value(follow), undefined);
      await map.set('a', 2, { ttlMs: t.ttlMs });
      assert.equal(await value(follow), 2);
      await t.advance(t.untilExpiredMs);
      assert.equal(await value(follow), undefined);
    });
  }),

  law('follow: a slow reader skips to the newest and never misses the last', async (t) => {
    const map = t.map();
    await followed(t, async (follow) => {
      assert.equal(await value(follow), undefined);
      for (let n = 1; n <= 500; n++) await map.set('a', n);
      const seen = await valuesUntil(follow, 500);
      assert.ok(seen.length < 500, 'conflated');
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => there(a) - there(b)),
        'never backwards',
      );
    });
  }),

  law('follow: never misses the last, however writes and reads fall', async (t) => {
    const map = t.map();
    for (let round = 0; round < 10; round++) {
      await map.set('a', 0);
      await followed(t, async (follow) => {
        const writing = (async () => {
          for (let n = 1; n <= 20; n++) {
            await map.set('a', n);
            if ((n + round) % 7 === 0) await map.delete('a');
          }
          await map.set('a', 1_000);
        })();
        const seen = await valuesUntil(follow, 1_000);
        await writing;
        assert.equal(seen.at(-1), 1_000);
      });
    }
  }),

  law('follow: survives more changes than any queue holds', async (t) => {
    const map = t.map();
    await followed(t, async (follow) => {
      assert.equal(await value(follow), undefined);
      // More than the queue of a local engine holds, and some over a network.
      const rounds = t.supports.reach === 'cluster' ? 3 : 12;
      for (let round = 0; round < rounds; round++) {
        await map.setMany(Array.from({ length: 1_000 }, (_, n) => [`x${n}`, n] as const));
        await map.set('a', round);
      }
      assert.equal((await valuesUntil(follow, rounds - 1)).at(-1), rounds - 1);
      await map.set('a', 100);
      assert.equal((await valuesUntil(follow, 100)).at(-1), 100);
    });
  }),

  law('follow: ends by close, by leaving the loop and by abort', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    await followed(t, async (follow) => {
      assert.equal(await value(follow), 1);
      const waiting = follow.next();
      await follow.close();
      assert.equal((await waiting).done, true);
      assert.equal((await follow.next()).done, true);
    });
    for await (const seen of map.follow('a')) {
      assert.equal(seen, 1);
      break;
    }
    const controller = new AbortController();
    const follow = map.follow('a', { signal: controller.signal });
    assert.equal(await value(follow), 1);
    const waiting = follow.next();
    const reason = new Error('enough');
    controller.abort(reason);
    await failsWith(reason, () => waiting);
    await eventually('no watcher is left', async () => (await t.store.inspect()).watchers.length === 0);
  }),

  law('follow: bad keys and options are refused', async (t) => {
    const map = t.map();
    await mistake('key', () => value(map.follow('')));
    await mistake('key', () => value(map.follow(wrong(5))));
    await mistake('bogus', () => value(map.follow('a', wrong({ bogus: 1 }))));
  }),
];
