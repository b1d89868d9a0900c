import assert from 'node:assert/strict';
import { eventually, failsWith, pending, there, turns } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';
import { isEntryChange, next, take } from '../reading.ts';

async function watchers(t: Trial): Promise<number> {
  return (await t.store.inspect()).watchers.length;
}

export const watchEndingLaws: readonly Law[] = [
  law('watch: close ends a waiting and every later read, and leaves no watcher', async (t) => {
    const map = t.map();
    const watch = map.watch();
    assert.equal((await next(watch)).type, 'live');
    const waiting = watch.next();
    assert.ok(await pending(waiting));
    await watch.close();
    assert.equal((await waiting).done, true);
    assert.equal((await watch.next()).done, true);
    await watch.close();
    await eventually('no watcher is left', async () => (await watchers(t)) === 0);
    await map.set('a', 1);
    assert.equal((await watch.next()).done, true);
  }),

  law('watch: close drops what waited for the reader', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    await map.set('a', 1);
    await watch.close();
    assert.equal((await watch.next()).done, true);
  }),

  law('watch: leaving the loop ends it: by break, by return and by throw', async (t) => {
    const map = t.map();
    for (const how of ['break', 'throw']) {
      const watch = map.watch();
      await watch.ready;
      await map.set('a', 1);
      const reading = (async () => {
        for await (const change of watch) {
          if (!isEntryChange(change)) continue;
          if (how === 'throw') throw new Error('reader');
          break;
        }
      })();
      if (how === 'throw') await assert.rejects(reading, /reader/);
      else await reading;
      await eventually('no watcher is left', async () => (await watchers(t)) === 0);
    }
  }),

  law('watch: an abort rejects the waiting read with its reason and ends the watch', async (t) => {
    const map = t.map();
    const controller = new AbortController();
    const watch = map.watch({ signal: controller.signal });
    assert.equal((await next(watch)).type, 'live');
    const waiting = watch.next();
    assert.ok(await pending(waiting));
    const reason = new Error('enough');
    controller.abort(reason);
    await failsWith(reason, () => waiting);
    await eventually('no watcher is left', async () => (await watchers(t)) === 0);
    await watch.close();
  }),

  law('watch: a signal that is aborted already begins no watch', async (t) => {
    const reason = new Error('too late');
    const watch = t.map().watch({ signal: AbortSignal.abort(reason) });
    await failsWith(reason, () => watch.next());
    await eventually('no watcher is left', async () => (await watchers(t)) === 0);
    await watch.close();
  }),

  law('watch: a watch that nobody reads or awaits can be closed at once', async (t) => {
    const map = t.map();
    for (let n = 0; n < 50; n++) await map.watch({ start: n % 2 ? 'current' : 'now' }).close();
    const watch = map.watch();
    const reads = [watch.next(), watch.next()];
    await watch.close();
    assert.equal(there((await Promise.all(reads)).at(-1)).done, true);
    await eventually('no watcher is left', async () => (await watchers(t)) === 0);
  }),

  law('watch: a reader that throws or is slow disturbs no other reader and no writer', async (t) => {
    const map = t.map();
    const quiet = await t.watch(map);
    const broken = map.watch();
    await broken.ready;
    const reading = (async () => {
      for await (const change of broken) throw new Error(change.type);
    })();
    await assert.rejects(reading);
    for (let n = 0; n < 20; n++) await map.set('a', n);
    assert.equal((await take(quiet, 20)).length, 20);
  }),

  law('watch: a reader may write, and sees what it wrote', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    await map.set('a', 0);
    const seen: unknown[] = [];
    for await (const change of watch) {
      if (!isEntryChange(change) || !('value' in change)) continue;
      seen.push(change.value);
      if (change.value === 10) break;
      await map.set('a', change.value + 1);
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  }),

  law('watch: reads asked for at once are answered in order', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    const reads = Array.from({ length: 6 }, () => watch.next());
    for (let n = 0; n < 5; n++) await map.set('a', n);
    const changes = (await Promise.all(reads)).map((step) => (step.done ? undefined : step.value));
    assert.deepEqual(
      changes.map((change) => there(change).type),
      ['live', 'insert', 'update', 'update', 'update', 'update'],
    );
  }),

  law('watch: many watchers of one map each see all of it', async (t) => {
    const map = t.map();
    const watches = await Promise.all(Array.from({ length: 50 }, () => t.watch(map)));
    for (let n = 0; n < 5; n++) await map.set(`k${n}`, n);
    for (const watch of watches) {
      const keys = (await take(watch, 5)).map(({ key }) => key);
      assert.deepEqual(keys.toSorted(), ['k0', 'k1', 'k2', 'k3', 'k4']);
    }
    assert.equal(await watchers(t), 50);
  }),

  law('watch: changing what a change carries changes neither the store nor other readers', async (t) => {
    const map = t.map<{ n: number }>();
    const [one, two] = [await t.watch(map), await t.watch(map)];
    await map.set('a', { n: 1 });
    const change = there((await take(one, 1))[0]);
    assert.ok('value' in change);
    change.value.n = 99;
    const other = there((await take(two, 1))[0]);
    assert.ok('value' in other);
    assert.deepEqual(other.value, { n: 1 });
    assert.deepEqual(await map.get('a'), { n: 1 });
    await turns(1);
  }),

  law('watch: leaving its scope ends a watch, a follow and a view', async (t) => {
    const map = t.map();
    const watch = map.watch();
    const follow = map.follow('a');
    const view = await map.view();
    assert.equal(await watchers(t), 3);
    await watch[Symbol.asyncDispose]();
    await follow[Symbol.asyncDispose]();
    await view[Symbol.asyncDispose]();
    await eventually('no watcher is left', async () => (await watchers(t)) === 0);
    assert.equal((await watch.next()).done, true);
    assert.equal((await follow.next()).done, true);
  }),
];
