// Damage in the file beside the values: it is told, and costs as little as it can.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { openEnvironment, type TreeName } from '../../../src/engines/lmdb/environment.ts';
import { codeOf, directory, openIn } from './fixture.ts';

/** A store with two maps, a bookmark from before its writes, and a stamp of a removed entry. */
async function written(t: TestContext): Promise<{ dir: string; start: string | undefined }> {
  const dir = directory(t);
  const { store } = await openIn(dir);
  const map = store.map<string>('m');
  const watch = map.watch();
  await watch.ready;
  const start = (await watch.next()).value?.bookmark;
  for (let i = 0; i < 20; i++) await map.set(`key-${i}`, `value-${i}`);
  await store.map<string>('other').set('whole', 'other');
  await map.set('late', 'x', { ifNewer: 7 });
  await map.delete('late', { ifNewer: 8 });
  await store.close();
  return { dir, start };
}

/** Flips a bit in everything that lies in a tree, or in the last of it. */
async function damage(dir: string, name: TreeName, which: (key: string) => boolean): Promise<void> {
  const environment = openEnvironment(dir, 'data-1.mdb', false);
  const tree = environment.trees[name];
  const items = [...tree.getRange({ start: '\0', end: '\u07ff' })].filter(({ key }) => which(key));
  assert.ok(items.length > 0);
  for (const { key, value } of items) {
    const bytes = Uint8Array.from(value);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    tree.putSync(key, bytes);
  }
  await environment.close();
}

for (const [what, which] of [
  ['the newest block', (key: string) => key === '0000000000m'],
  ['the oldest block', (key: string) => /^0+$/.test(key)],
  ['a block in between', (key: string) => key === '0000000000a'],
  ['every block', () => true],
] as const) {
  test(`the history is damaged, ${what}: bookmarks get a reset, the store goes on`, async (t) => {
    const { dir, start } = await written(t);
    await damage(dir, 'changes', which);
    const { store, engine } = await openIn(dir);
    const map = store.map<string>('m');
    const watch = map.watch({ start });
    assert.equal((await watch.next()).value?.type, 'reset');
    await watch.close();
    assert.ok(((await engine.stats())['damagedFacts'] ?? 0) > 0, 'and it is told');
    assert.equal(await map.get('key-19'), 'value-19');
    for (let i = 0; i < 30; i++) await map.set('more', String(i));
    const fresh = map.watch({ start: 'now' });
    await fresh.ready;
    const bookmark = (await fresh.next()).value?.bookmark;
    await fresh.close();
    await map.set('after', 'x');
    await store.close();
    const again = await openIn(dir);
    const resumed = again.store.map<string>('m').watch({ start: bookmark });
    const change = (await resumed.next()).value;
    assert.ok(change?.type === 'insert' && change.key === 'after', 'what is written from here on is history');
    await resumed.close();
    assert.ok(((await again.engine.stats())['historyChanges'] ?? -1) >= 0);
    await again.store.close();
  });
}

test('a stamp of a removed entry is damaged: it is forgotten, and told', async (t) => {
  const { dir } = await written(t);
  await damage(dir, 'stones', () => true);
  const { store, engine } = await openIn(dir);
  assert.equal((await engine.stats())['damagedFacts'], 1);
  assert.equal(await store.map('m').count(), 20);
  await store.close();
});

test('a fact about the store is damaged: CORRUPT when it is opened', async (t) => {
  for (const fact of ['format', 'lineage', 'reserved', 'map:m']) {
    const { dir } = await written(t);
    await damage(dir, 'meta', (key) => key === fact);
    assert.equal(await codeOf(() => openIn(dir)), 'CORRUPT', fact);
  }
});

test('a damaged entry is CORRUPT, can be written over, and does not keep its map from being cleared or dropped', async (t) => {
  const { dir } = await written(t);
  await damage(dir, 'entries', (key) => key.includes('key-1'));
  const { store } = await openIn(dir);
  const map = store.map<string>('m');
  const watch = map.watch({ previous: true });
  await watch.ready;
  assert.equal((await watch.next()).value?.type, 'live');
  assert.equal(await codeOf(() => map.get('key-1')), 'CORRUPT');
  assert.equal(await codeOf(() => map.delete('key-1')), 'CORRUPT');
  assert.equal(await codeOf(() => map.take('key-1')), 'CORRUPT');
  assert.equal(await codeOf(() => map.set('key-1', 'x', { ifPresent: true })), 'CORRUPT');
  assert.equal(await codeOf(() => map.lock('key-1', { waitMs: 0 })), 'CORRUPT');
  assert.deepEqual((await store.inspect()).locks, [], 'and no key stays locked');
  assert.equal(await codeOf(() => all(map)), 'CORRUPT');
  assert.equal(await map.count(), 20);
  await map.set('key-1', 'mended');
  await store.atomic().set(map, 'key-10', 'mended, too').commit();
  assert.deepEqual(
    [await map.get('key-1'), await map.get('key-10'), await map.count()],
    ['mended', 'mended, too', 20],
  );
  const change = (await watch.next()).value;
  assert.ok(change?.type === 'update' && change.previous === undefined);
  assert.equal(await map.clear({ prefix: 'key-1' }), 11);
  assert.deepEqual([await map.count(), await map.get('key-0')], [9, 'value-0']);
  await watch.close();
  await store.close();
  await damage(dir, 'entries', () => true);
  const again = await openIn(dir);
  await again.store.map('m').drop();
  assert.equal(await again.store.map('m').count(), 0);
  await again.store.close();
});

test('a damaged entry whose time is over ends no process, and what ends beside it ends', async (t) => {
  const clock = manualClock();
  const dir = directory(t);
  const first = await openIn(dir, {}, { clock });
  const map = first.store.map<string>('m');
  for (let i = 0; i < 4; i++) await map.set(`key-${i}`, 'x', { ttlMs: 1_000 });
  await first.store.close();
  await damage(dir, 'entries', (key) => key.endsWith('key-1'));
  const { store } = await openIn(dir, {}, { clock });
  const left = store.map<string>('m');
  await clock.tick(5_000);
  assert.equal(await left.count(), 1);
  assert.equal(await codeOf(() => left.get('key-1')), 'CORRUPT');
  assert.equal(await left.get('key-2'), undefined);
  await store.close();
});

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) void item;
}
