// What the distributed map of Atomix gets wrong: tests that it would fail.
import assert from 'node:assert/strict';
import { collect } from '../../src/conformance/assertions.ts';
import { next, until, untilLive } from '../../src/conformance/reading.ts';
import { rowsOf, type AtomixSubject } from './atomix-map.ts';

export function atomixDefects(subject: AtomixSubject): void {
  const defect = rowsOf(subject);

  defect('Watch: one that cannot begin says so, and is no silent success', async (store) => {
    await store.map<number>('m').set('a', 1);
    const map = store.map<number>('m', { codec: wrongCodec });
    const watch = map.watch();
    await assert.rejects(watch.ready, { code: 'FORMAT' });
    await assert.rejects(next(watch), { code: 'FORMAT' });
  });

  defect(
    'Entries: a fault ends the iteration and reaches the reader; leaving early leaves nothing',
    async (store) => {
      const map = store.map<number>('m');
      for (let n = 0; n < 40; n++) await map.set(`k${n}`, n);
      for await (const _ of map.list()) break;
      const rest = map.list();
      await rest.next();
      await store.close();
      await assert.rejects(collect(rest), { code: 'CLOSED' });
    },
  );

  defect(
    'Watch: goes on from where it stood, with nothing missed and nothing twice',
    async (store, other) => {
      const map = store.map<number>('m');
      const first = map.watch();
      await first.ready;
      await map.set('a', 1);
      const last = (await until(first, ({ type }) => type === 'insert')).at(-1);
      await first.close();
      for (let n = 2; n <= 5; n++) await other.map<number>('m').set('a', n);
      const second = map.watch({ start: last?.bookmark ?? '' });
      const values = (await until(second, (change) => 'value' in change && change.value === 5)).flatMap(
        (change) => ('value' in change ? [change.value] : []),
      );
      assert.deepEqual(values, [2, 3, 4, 5]);
      await second.close();
    },
  );

  defect(
    'Remove: has a version above that of the put before it, so that newer wins can be built',
    async (store) => {
      const map = store.map<number>('m');
      const watch = map.watch();
      await watch.ready;
      const { version } = await map.set('a', 1);
      await map.delete('a');
      const removal = (await until(watch, ({ type }) => type === 'delete')).at(-1);
      assert.ok(removal?.type === 'delete' && removal.version > version);
      await watch.close();
    },
  );

  defect('Put: writing the same value again renews its time to live', async (store) => {
    const map = store.map<number>('m', { ttlMs: 60_000 });
    const first = await map.set('a', 1);
    while (store.map('m') && Date.now() % 5 !== 0) await map.count();
    const second = await map.set('a', 1);
    assert.ok((second.expiresAt ?? 0) >= (first.expiresAt ?? 0) && second.version > first.version);
  });

  defect('Expire: what is reported lies ahead, and no timer outlives a removal', async (store) => {
    const map = store.map<number>('m');
    const before = Date.now();
    const { expiresAt = 0 } = await map.set('a', 1, { ttlMs: 60_000 });
    assert.ok(expiresAt >= before + 60_000 - 1_000 && expiresAt <= Date.now() + 61_000);
    await map.delete('a');
    await map.set('a', 2);
    assert.deepEqual(await map.entry('a').then((entry) => entry?.expiresAt), undefined);
  });

  defect('Clear, WithReplay: the order is the same for everybody', async (store, other) => {
    const keys = Array.from({ length: 30 }, (_, n) => `k${String(n).padStart(2, '0')}`);
    for (const key of keys.toReversed()) await store.map<number>('m').set(key, 1);
    const replays = await Promise.all(
      [store, other].map(async (client) => {
        const watch = client.map<number>('m').watch({ start: 'current' });
        const state = await untilLive(watch);
        await watch.close();
        return state.flatMap((change) => ('key' in change ? [change.key] : []));
      }),
    );
    assert.deepEqual(replays, [keys, keys]);
  });

  defect('notify: one listener that fails or is slow keeps nothing from the others', async (store) => {
    const map = store.map<number>('m');
    const [slow, failing, good] = [map.watch({ queueLimit: 1 }), map.watch(), map.watch()];
    await Promise.all([slow.ready, failing.ready, good.ready]);
    await assert.rejects(async () => {
      for await (const { type } of failing) if (type === 'live') throw new Error('mine alone');
    }, /mine alone/);
    for (let n = 0; n < 50; n++) await map.set('a', n);
    const seen = (await until(good, (change) => 'value' in change && change.value === 49)).length;
    assert.ok(seen >= 50);
    const changes = await until(slow, (change) => 'value' in change && change.value === 49);
    assert.ok(changes.length > 0, 'the slow one is told that it was too slow, and gets the state');
    await Promise.all([slow.close(), good.close()]);
  });

  defect('Events: come in the order of their versions, those of different keys too', async (store, other) => {
    const watch = store.map<number>('m').watch();
    await watch.ready;
    const writes = Array.from({ length: 60 }, (_, n) =>
      (n % 2 === 0 ? store : other).map<number>('m').set(`k${n % 7}`, n),
    );
    await Promise.all(writes);
    await store.map<number>('m').set('end', 1);
    const changes = await until(watch, (change) => 'key' in change && change.key === 'end');
    const versions = changes.flatMap((change) => ('version' in change ? [change.version] : []));
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    );
    assert.equal(versions.length, 61);
    await watch.close();
  });

  defect('cache: a near copy hears of what other clients write', async (store, other) => {
    const near = store.map<number>('m', { near: { maxStaleMs: 0, onStale: 'wait' } });
    await other.map<number>('m').set('a', 1);
    assert.equal(await near.get('a'), 1);
    await other.map<number>('m').set('a', 2);
    assert.equal(await near.get('a'), 2);
    await other.map<number>('m').delete('a');
    assert.equal(await near.get('a'), undefined);
  });

  defect('IfMatch on an absent key inserts nothing', async (store) => {
    const map = store.map<number>('m');
    assert.deepEqual(await map.set('a', 1, { ifVersion: 5 }), { ok: false, current: undefined });
    assert.equal(await map.has('a'), false);
  });

  defect('expiry is told from a removal', async (store) => {
    const map = store.map<number>('m');
    const watch = map.watch();
    await watch.ready;
    await map.set('gone', 1, { ttlMs: 60_000 });
    await map.delete('gone');
    await map.set('ended', 1, { ttlMs: 1 });
    while (await map.has('ended')) await map.count();
    await map.set('ended', 2); // an entry whose time is up goes first, in a change of its own
    const changes = await until(watch, (change) => 'value' in change && change.value === 2);
    const told = changes.flatMap((change) => ('key' in change ? [`${change.type} ${change.key}`] : []));
    assert.deepEqual(told, ['insert gone', 'delete gone', 'insert ended', 'expire ended', 'insert ended']);
    await watch.close();
  });
}

const wrongCodec = {
  name: 'another',
  numbers: false,
  encode: (): Uint8Array => new Uint8Array(1),
  decode: (): number => 0,
};
