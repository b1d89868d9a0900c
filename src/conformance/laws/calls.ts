import assert from 'node:assert/strict';
import { collect, failsWith } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { callWords } from './call-words.ts';

export const callLaws: readonly Law[] = [
  law('calls: a signal that is aborted already rejects with its reason and changes nothing', async (t) => {
    const map = t.map();
    const entry = await map.set('a', 1);
    const reason = new Error('enough');
    for (const [word, call] of Object.entries(callWords(map))) {
      await failsWith(reason, () => call({ signal: AbortSignal.abort(reason) })).catch((cause: unknown) => {
        throw new Error(`${word} did not reject with the reason`, { cause });
      });
    }
    await failsWith(reason, () =>
      t.store
        .atomic()
        .set(map, 'a', 2)
        .commit({ signal: AbortSignal.abort(reason) }),
    );
    await failsWith(reason, () => t.store.maps({ signal: AbortSignal.abort(reason) }));
    await failsWith(reason, () => collect(t.store.snapshot({ signal: AbortSignal.abort(reason) })));
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  law('calls: an abort between the steps of an iteration ends it with its reason', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 1_500 }, (_, n) => [`k${n}`, n] as const));
    const reason = new Error('enough');
    for (const word of ['list', 'keys', 'values'] as const) {
      const controller = new AbortController();
      await failsWith(reason, async () => {
        for await (const item of map[word]({ signal: controller.signal })) {
          if (item !== undefined) controller.abort(reason);
        }
      });
    }
  }),

  law('calls: an abort after the call is done means nothing, and leaves no listener', async (t) => {
    const map = t.map();
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    for (const call of Object.values(callWords(map))) await call({ signal });
    assert.ok(listeners <= 0, `${listeners} listeners left`);
    controller.abort(new Error('late'));
    assert.equal(await map.count(), 0);
  }),

  law('calls: a deadline that is met leaves nothing behind', async (t) => {
    const map = t.map();
    for (const call of Object.values(callWords(map))) await call({ deadlineMs: 60_000 });
    // Timers that were left would be found when the store is closed.
  }),

  law('calls: near and batch are accepted everywhere', async (t) => {
    const map = t.map('m', { near: { maxStaleMs: 1_000, onStale: 'wait' }, batch: true });
    await map.set('a', 1);
    assert.equal(await map.get('a'), 1);
    assert.equal(await map.get('a', { fresh: true }), 1);
    await map.close();
  }),
];
