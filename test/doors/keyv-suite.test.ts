// The store for Keyv against Keyv's own suite for stores, and against both releases of Keyv.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { open, text } from '../../src/index.ts';
import { keyvStore } from '../../src/doors/keyv/index.ts';
import { all } from '../parity/map-store.ts';
import { installKeyv, loadOf } from './keyv-package.ts';
import { runner } from './suite-runner.ts';

type Suite = (test: typeof runner, Keyv: unknown, store: () => unknown) => void;

/** What both releases of Keyv have. */
interface AnyKeyv {
  iterator?: () => AsyncIterable<[string, unknown]>;
  set(key: string, value: unknown, ttl?: number): Promise<boolean>;
  get(key: string): Promise<unknown>;
  getMany(keys: string[]): Promise<unknown[]>;
  delete(key: string): Promise<boolean>;
  clear(): Promise<void>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}
type Make = new (options: { store: unknown; namespace?: string }) => AnyKeyv;

installKeyv();
const store = await open('memory:');
after(() => store.close());
const { default: Keyv5 } = await loadOf<{ default: Make }>('keyv/dist/index.js');
const suite = await loadOf<{ default: Suite; keyvIteratorTests: Suite }>('@keyv/test-suite/dist/index.js');

for (const [codec, adapter] of [
  ['structured', () => keyvStore(store.map<unknown>('structured'))],
  ['text', () => keyvStore(store.map('text', { codec: text() }))],
] as const) {
  describe(`the suite of Keyv, codec ${codec}`, { concurrency: false }, () => {
    suite.default(runner, Keyv5, adapter);
  });
  describe(`the suite of Keyv for iterators, codec ${codec}`, { concurrency: false }, () => {
    suite.keyvIteratorTests(runner, Keyv5, adapter);
  });
}

/** What a Keyv of any release does over our store; both lay out the map in the same way. */
function anyKeyv(name: string, Keyv: Make, storeOf: typeof keyvStore): void {
  test(`${name}: namespaces share a map, and clear and iterate over their own entries only`, async () => {
    const map = store.map<unknown>(name);
    const first = new Keyv({ store: storeOf(map), namespace: 'a' });
    const second = new Keyv({ store: storeOf(map), namespace: 'ab' });
    await first.set('x', 1);
    await first.set('y', { deep: [2] });
    await second.set('x', 3);
    assert.deepEqual((await all(map.keys())).toSorted(), ['a:x', 'a:y', 'ab:x']);
    assert.deepEqual(await first.getMany(['x', 'y', 'z']), [1, { deep: [2] }, undefined]);
    assert.ok(first.iterator);
    assert.deepEqual(await all(first.iterator()), [
      ['x', 1],
      ['y', { deep: [2] }],
    ]);
    assert.equal(await first.delete('y'), true);
    assert.equal(await first.delete('y'), false);
    await first.clear();
    assert.equal(await first.get('x'), undefined);
    assert.equal(await second.get('x'), 3);
  });

  test(`${name}: the map knows when an entry ends`, async () => {
    const map = store.map<unknown>(`${name}-ttl`);
    const keyv = new Keyv({ store: storeOf(map) });
    const before = Date.now();
    await keyv.set('soon', 1, 60_000);
    await keyv.set('never', 1);
    const [never, soon] = await all(map.list()); // Keyv 5 has a namespace though none is given
    assert.match(soon?.key ?? '', /soon$/);
    const expiresAt = soon?.expiresAt ?? 0;
    assert.ok(expiresAt >= before + 59_000 && expiresAt <= Date.now() + 61_000, String(expiresAt));
    assert.equal(never?.expiresAt, undefined);
  });

  test(`${name}: faults are told as errors of Keyv, reads that fail, too`, async () => {
    const own = await open('memory:');
    const keyv = new Keyv({ store: storeOf(own.map<unknown>('m')) });
    await own.close();
    const codes: unknown[] = [];
    keyv.on('error', (error) => codes.push(Reflect.get(Object(error), 'code')));
    await keyv.get('a');
    await keyv.set('a', 1);
    assert.deepEqual(codes, ['CLOSED', 'CLOSED']);
  });
}

anyKeyv('keyv5', Keyv5, keyvStore);

// Keyv 6 needs a newer Node.js than the oldest that this library runs on.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  const { default: Keyv6 } = await loadOf<{ default: Make }>('keyv6/dist/index.mjs');
  anyKeyv('keyv6', Keyv6, (map) => keyvStore(map, { release: 6 }));
}
