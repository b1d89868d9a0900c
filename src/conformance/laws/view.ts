import assert from 'node:assert/strict';
import type { View } from '../../contract/watch.ts';
import { eventually, failsWith, fault, mistake, there, wrong } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';

function keysOf(view: View<number>): string[] {
  return [...view.list()].map(({ key }) => key);
}

/** Rounds of a thousand writes: more than the queue of a local engine holds, and some over a network. */
function storms(t: Trial): number {
  return t.supports.reach === 'cluster' ? 3 : 15;
}

export const viewLaws: readonly Law[] = [
  law('view: is complete when it opens, in key order, expiry and versions included', async (t) => {
    const map = t.map();
    const keys = ['b', 'a', '\uffff', '😀'];
    for (const key of keys) await map.set(key, 1, { ttlMs: t.ttlMs * 100 });
    const view = await map.view();
    assert.deepEqual(keysOf(view), ['a', 'b', '\uffff', '😀']);
    assert.equal(view.size, 4);
    assert.equal(view.live, true);
    assert.equal(view.staleMs, 0);
    assert.equal(view.error, undefined);
    for (const key of keys) {
      assert.deepEqual(view.entry(key), await map.entry(key));
      assert.equal(view.get(key), 1);
      assert.equal(view.has(key), true);
    }
    assert.equal(view.get('x'), undefined);
    assert.equal(view.entry('x'), undefined);
    assert.equal(view.has('x'), false);
    assert.deepEqual(
      [...view],
      [
        ['a', 1],
        ['b', 1],
        ['\uffff', 1],
        ['😀', 1],
      ],
    );
    await view.close();
  }),

  law('view: follows every change of the map', async (t) => {
    const map = t.map();
    const view = await map.view();
    assert.equal(view.size, 0);
    await map.set('a', 1);
    await map.set('b', 1);
    await map.set('b', 2);
    await map.set('c', 1, { ttlMs: t.ttlMs });
    await eventually('the view sees the writes', () => view.get('b') === 2 && view.has('c'));
    await map.delete('a');
    await t.advance(t.untilExpiredMs);
    await eventually('the view sees the removals', () => view.size === 1);
    assert.deepEqual([...view], [['b', 2]]);
    assert.deepEqual(view.entry('b'), await map.entry('b'));
    await view.close();
  }),

  law('view: of a prefix holds that part', async (t) => {
    const map = t.map();
    await map.setMany(['a', 'a/1', 'b'].map((key) => [key, 1] as const));
    const view = await map.view({ prefix: 'a/' });
    assert.deepEqual(keysOf(view), ['a/1']);
    await map.set('a/2', 1);
    await map.set('c', 1);
    await eventually('the view sees its part', () => view.size === 2);
    assert.deepEqual(keysOf(view), ['a/1', 'a/2']);
    await view.close();
  }),

  law('view: its bookmark resumes a watch where the view stands', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    const view = await map.view();
    const { bookmark } = view;
    await map.set('b', 2);
    const watch = await t.watch(map, { start: bookmark });
    for await (const change of watch) {
      if (change.type === 'reset') assert.fail('nothing was lost');
      if ('key' in change) {
        assert.equal(change.key, 'b');
        break;
      }
    }
    await view.close();
  }),

  law('view: comes through storms of writes with the truth', async (t) => {
    const map = t.map();
    const view = await map.view();
    for (let round = 0; round < storms(t); round++) {
      await map.setMany(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, round] as const));
    }
    await map.clear({ prefix: 'k9' });
    await map.set('end', 1);
    await eventually('the view is live with the last write', () => view.live && view.has('end'));
    const state = [];
    for await (const pair of map) state.push(pair);
    assert.deepEqual([...view], state);
    await view.close();
  }),

  law('view: more entries than maxEntries are LIMIT, at the start and later', async (t) => {
    const map = t.map();
    await map.setMany(['a', 'b', 'c'].map((key) => [key, 1] as const));
    const error = await fault('LIMIT', () => map.view({ maxEntries: 2 }));
    assert.match(error.message, /2/);
    const view = await map.view({ maxEntries: 3 });
    await map.set('d', 1);
    await eventually('the view ends', () => view.error !== undefined);
    assert.equal((there(view.error) as { code?: unknown }).code, 'LIMIT');
    assert.equal(view.live, false);
    assert.equal(view.get('a'), 1, 'it goes on serving the last state');
    await view.close();
    await eventually('no watcher is left', async () => (await t.store.inspect()).watchers.length === 0);
  }),

  law('view: closed, it leaves no watcher and goes on serving the last state', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    const view = await map.view();
    await view.close();
    await view.close();
    await eventually('no watcher is left', async () => (await t.store.inspect()).watchers.length === 0);
    await map.set('a', 2);
    assert.equal(view.get('a'), 1);
    assert.equal(view.live, false);
  }),

  law('view: an abort while it opens rejects with its reason', async (t) => {
    const reason = new Error('enough');
    await failsWith(reason, () => t.map().view({ signal: AbortSignal.abort(reason) }));
    await eventually('no watcher is left', async () => (await t.store.inspect()).watchers.length === 0);
  }),

  law('view: bad options are refused', async (t) => {
    const map = t.map();
    await mistake('maxEntries', () => map.view({ maxEntries: -1 }));
    await mistake('maxEntries', () => map.view({ maxEntries: wrong('3') }));
    await mistake('prefix', () => map.view({ prefix: wrong(3) }));
    await mistake('bogus', () => map.view(wrong({ bogus: 1 })));
  }),
];
