import assert from 'node:assert/strict';
import { collect, fault, there, turns } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';
import { next, pastProgress } from '../reading.ts';
import { asyncWords, everyWordClosed } from './closed-words.ts';
import type { Both } from './closed-words.ts';

export const closingLaws: readonly Law[] = [
  law('close: after the store is closed every word is CLOSED', async (t) => {
    const used = t.map();
    await used.set('a', 1);
    const fresh = t.map('fresh');
    await t.store.close();
    await everyWordClosed(used);
    await everyWordClosed(fresh);
    await fault('CLOSED', () => t.store.map('m').get('a'));
    await fault('CLOSED', () => t.store.atomic().set(used, 'a', 1).commit());
    await fault('CLOSED', () => t.store.maps());
    await fault('CLOSED', () => t.store.inspect());
    await fault('CLOSED', () => collect(t.store.snapshot()));
    await fault('CLOSED', () => t.store.restore(new Uint8Array(8)));
    if (t.store.sync !== undefined)
      await fault('CLOSED', () => t.store.sync?.atomic().set(used, 'a', 1).commit());
  }),

  law('close: after a map is closed every word of this handle is CLOSED, others go on', async (t) => {
    const map = t.map();
    const again = t.map();
    const other = t.map('other');
    await map.set('a', 1);
    await map.close();
    await everyWordClosed(map);
    await fault('CLOSED', () => t.store.atomic().set(map, 'a', 2).commit());
    assert.equal(await again.get('a'), 1);
    await other.set('a', 1);
    assert.equal(await t.map().get('a'), 1);
  }),

  law('close: again does nothing', async (t) => {
    const map = t.map();
    await map.close();
    await map.close();
    await map[Symbol.asyncDispose]();
    await Promise.all([t.store.close(), t.store.close()]);
    await t.store.close();
    await t.store[Symbol.asyncDispose]();
    await map.close();
  }),

  ...eitherWay('ends watches, follows and views', async (t, map, close) => {
    await map.set('a', 1);
    const watch = await t.watch(map);
    const follow = map.follow('a');
    const view = await map.view();
    assert.equal((await next(watch)).type, 'live');
    assert.equal((await follow.next()).value, 1);
    const waiting = [pastProgress(watch), follow.next()];
    await turns(2);
    await close();
    for (const step of await Promise.all(waiting)) assert.equal(step.done, true);
    assert.equal((await watch.next()).done, true);
    assert.equal((await follow.next()).done, true);
    assert.equal(view.get('a'), 1, 'a view goes on serving its last state');
    assert.equal(view.live, false);
    await watch.close();
    await follow.close();
    await view.close();
  }),

  law('close: rejects who waits for a lock, and takes the lock from who holds it', async (t) => {
    const map = t.map();
    const held = await map.lock('a');
    const waiting = [map.lock('a'), map.tryLock('a', { waitMs: 60_000 }), map.lockMany(['b', 'a'])];
    const failed = waiting.map((wait) => fault('CLOSED', () => wait));
    await turns(5);
    await t.store.close();
    await Promise.all(failed);
    await fault('CLOSED', () => held.commit(1));
    await held.release();
  }),

  law('close: of a map leaves no lock that nobody can let go', async (t) => {
    const map = t.map();
    const held = await map.lock('a');
    await map.close();
    await held.release();
    await there(await t.map().tryLock('a')).release();
  }),

  ...eitherWay('ends iterations with CLOSED', async (_, map, close) => {
    await map.setMany(Array.from({ length: 1_500 }, (_, n) => [`k${n}`, n] as const));
    const entries = map.list();
    const sync = map.sync?.list();
    assert.equal((await entries.next()).done, false);
    assert.equal(sync?.next().done ?? false, false);
    await close();
    await fault('CLOSED', () => collect(entries));
    if (sync !== undefined) await fault('CLOSED', () => [...sync]);
  }),

  law('close: under running calls settles every one of them', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 50 }, (_, n) => [`k${n}`, n] as const));
    const calls = Object.entries(asyncWords(map)).flatMap(([word, call]) =>
      word === 'watch.ready' || word === 'watch' ? [] : [(async () => call())()],
    );
    const settled = Promise.allSettled(calls);
    await t.store.close();
    for (const result of await settled) {
      if (result.status === 'fulfilled') continue;
      const reason: unknown = result.reason;
      assert.ok(reason instanceof Error, String(reason));
    }
    await everyWordClosed(map);
  }),

  law('close: writes under way are carried out or CLOSED', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    const writes = Promise.allSettled(Array.from({ length: 20 }, (_, n) => map.set(`k${n}`, n)));
    await t.store.close();
    for (const result of await writes) {
      if (result.status === 'fulfilled') assert.ok(result.value.version > 0);
      else await fault('CLOSED', () => Promise.reject(result.reason as Error));
    }
  }),

  law('close: a store can be opened anew beside a closed one', async (t) => {
    await t.store.close();
    const other = await t.another();
    const map = other.map<number>('m');
    await map.set('a', 1);
    assert.equal(there(await map.entry('a')).value, 1);
  }),
];

/** A law that must hold when the handle is closed, and one for when the store is. */
function eitherWay(
  name: string,
  run: (t: Trial, map: Both, close: () => Promise<void>) => Promise<void>,
): readonly Law[] {
  return [
    law(`close of a map: ${name}`, (t) => {
      const map = t.map();
      return run(t, map, () => map.close());
    }),
    law(`close of a store: ${name}`, (t) => run(t, t.map(), () => t.store.close())),
  ];
}
