import assert from 'node:assert/strict';
import { deferred } from '../../base/deferred.ts';
import { eventually, failsWith, fault, mistake, pending, there, turns, wrong } from '../assertions.ts';
import { bothFaces, law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const getOrInsertLaws: readonly Law[] = [
  bothFaces('getOrInsert: writes where nothing is, and answers what stands', async (t) => {
    const map = t.words();
    assert.equal(await map.getOrInsert('a', 1), 1);
    const entry = there(await map.entry('a'));
    assert.equal(await map.getOrInsert('a', 2), 1);
    assert.deepEqual(await map.entry('a'), entry, 'a hit writes nothing');
  }),

  bothFaces('getOrInsert: of many callers one wins and all see the winner', async (t) => {
    const map = t.words();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => map.getOrInsert('a', n)));
    assert.equal(new Set(answers).size, 1);
    assert.equal(await map.get('a'), answers[0]);
  }),

  law('getOrInsert: takes a time to live for what it writes, and leaves that of a hit', async (t) => {
    const map = t.map();
    await map.getOrInsert('a', 1, { ttlMs: t.ttlMs * 100 });
    const entry = there(await map.entry('a'));
    assert.ok(entry.expiresAt !== undefined);
    await map.getOrInsert('a', 1, { ttlMs: t.ttlMs * 500 });
    assert.deepEqual(await map.entry('a'), entry);
  }),

  bothFaces('getOrInsertComputed: makes the value only when it is needed, with the key', async (t) => {
    const map = t.words<string>();
    const asked: string[] = [];
    const make = (key: string): string => {
      asked.push(key);
      return `made for ${key}`;
    };
    assert.equal(await map.getOrInsertComputed('a', make), 'made for a');
    assert.equal(await map.getOrInsertComputed('a', make), 'made for a');
    assert.deepEqual(asked, ['a']);
    assert.equal(await map.get('a'), 'made for a');
  }),

  bothFaces('getOrInsertComputed: a maker that throws stores nothing and can be followed', async (t) => {
    const map = t.words();
    const reason = new Error('no luck');
    await failsWith(reason, () =>
      map.getOrInsertComputed('a', () => {
        throw reason;
      }),
    );
    assert.equal(await map.has('a'), false);
    assert.equal(await map.getOrInsertComputed('a', () => 1), 1);
  }),

  bothFaces('getOrInsertComputed: a maker that returns undefined stores nothing', async (t) => {
    const map = t.words();
    await mistake('undefined', () => map.getOrInsertComputed('a', () => wrong(undefined)));
    assert.equal(await map.has('a'), false);
  }),

  law('getOrInsertComputed: callers of one key share one load', async (t) => {
    const map = t.map();
    const gate = deferred<number>();
    let loads = 0;
    const load = (): Promise<number> => {
      loads++;
      return gate.promise;
    };
    const callers = Array.from({ length: 10 }, () => map.getOrInsertComputed('a', load));
    const other = map.getOrInsertComputed('b', async () => 7);
    assert.equal(await other, 7, 'a load does not hold up another key');
    assert.ok(await pending(Promise.race(callers)));
    gate.resolve(5);
    assert.deepEqual(
      await Promise.all(callers),
      Array.from({ length: 10 }, () => 5),
    );
    assert.equal(loads, 1);
  }),

  law('getOrInsertComputed: all who share a load see its error, and the next one loads again', async (t) => {
    const map = t.map();
    const gate = deferred<number>();
    let loads = 0;
    const load = (): Promise<number> => {
      loads++;
      return gate.promise;
    };
    const callers = Array.from({ length: 5 }, () => map.getOrInsertComputed('a', load));
    const settled = Promise.allSettled(callers);
    await eventually('the load is under way', () => loads > 0);
    const reason = new Error('no luck');
    gate.reject(reason);
    for (const result of await settled) {
      assert.equal(result.status, 'rejected');
      assert.equal(result.status === 'rejected' && result.reason, reason);
    }
    assert.equal(await map.getOrInsertComputed('a', async () => 3), 3);
  }),

  law('getOrInsertComputed: somebody else’s write during the load wins', async (t) => {
    const map = t.map();
    const gate = deferred<number>();
    let loads = 0;
    const loading = map.getOrInsertComputed('a', () => {
      loads++;
      return gate.promise;
    });
    await eventually('the load is under way', () => loads > 0);
    const entry = await map.set('a', 1);
    gate.resolve(2);
    assert.equal(await loading, 1);
    assert.deepEqual(await map.entry('a'), entry);
  }),

  law('getOrInsertComputed: one caller’s abort leaves the load to the others', async (t) => {
    const map = t.map();
    const gate = deferred<number>();
    const leaving = new AbortController();
    let asked: AbortSignal | undefined;
    const load = (_: string, { signal }: { readonly signal: AbortSignal }): Promise<number> => {
      asked = signal;
      return gate.promise;
    };
    const left = map.getOrInsertComputed('a', load, { signal: leaving.signal });
    const stays = map.getOrInsertComputed('a', load);
    await eventually('the load is under way', () => asked !== undefined);
    // The other caller asks the store first, as this does.
    await map.get('b');
    await turns(5);
    const reason = new Error('enough');
    leaving.abort(reason);
    await failsWith(reason, () => left);
    assert.equal(there(asked).aborted, false, 'somebody still waits');
    gate.resolve(4);
    assert.equal(await stays, 4);
  }),

  law('getOrInsertComputed: when the last caller has left, the load is told to stop', async (t) => {
    const map = t.map();
    const gate = deferred<number>();
    const leaving = new AbortController();
    let asked: AbortSignal | undefined;
    const load = (_: string, { signal }: { readonly signal: AbortSignal }): Promise<number> => {
      asked = signal;
      return gate.promise;
    };
    const left = [1, 2].map(() => map.getOrInsertComputed('a', load, { signal: leaving.signal }));
    const settled = Promise.allSettled(left);
    await eventually('the load is under way', () => asked !== undefined);
    leaving.abort(new Error('enough'));
    await settled;
    assert.equal(there(asked).aborted, true);
    assert.equal(await map.getOrInsertComputed('a', () => 5), 5, 'the next caller begins anew');
    gate.resolve(4);
    await turns(5);
    assert.equal(await map.get('a'), 5);
  }),

  law(
    'getOrInsertComputed: a load that hangs is cut short by deadlineMs, for this caller',
    async (t) => {
      const map = t.map();
      const gate = deferred<number>();
      const late = map.getOrInsertComputed('a', () => gate.promise, { deadlineMs: 50 });
      const stays = map.getOrInsertComputed('a', () => gate.promise);
      const failed = fault('TIMEOUT', () => late);
      await t.advance(50);
      await failed;
      gate.resolve(4);
      assert.equal(await stays, 4);
    },
    manualTime,
  ),

  law('getOrInsertComputed: a load may use the map, the same key but for itself', async (t) => {
    const map = t.map();
    await map.set('b', 20);
    const value = await map.getOrInsertComputed('a', async () => {
      await map.set('c', 1);
      return there(await map.get('b')) + 1;
    });
    assert.equal(value, 21);
  }),
];
