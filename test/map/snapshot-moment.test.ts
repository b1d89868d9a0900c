// A snapshot is one moment, whatever is written while it is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytes } from '../../src/codec/index.ts';
import { ANY } from '../../src/contract/condition.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { restoreStore } from '../../src/map/restore.ts';
import { snapshotStore } from '../../src/map/snapshot.ts';
import { Shelf } from './snapshot-shelf.ts';

const none = (): undefined => undefined;
const KEYS = 6_000;

/** What a writer does between two pieces: write a key anew, remove it, or add another. */
const steps = fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'add', 'clear'), fc.nat(KEYS - 1)), {
  maxLength: 60,
});

test('what is written while a snapshot is read is not in it, and what is removed is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 12 }), async (rounds) => {
      const engine = memoryEngine();
      const { core } = engine;
      const map = engine.maps.open('m', { codec: bytes().name, shape: 0, references: false }).id;
      const value = new Uint8Array(100);
      for (let i = 0; i < KEYS; i++)
        core.write(map, `k${i}`, i % 2 === 0 ? i : value, ANY, 0, 0, undefined, 0);
      const expected = core
        .page(map, '', undefined, 1000, false)
        .entries.map(({ key, version }) => ({ key, version }));
      const stream = snapshotStore(engine, none);
      let round = 0;
      const writing = async function* (): AsyncGenerator<Uint8Array> {
        for await (const piece of stream) {
          for (const [what, n] of rounds[round++ % rounds.length] ?? []) {
            if (what === 'set') core.write(map, `k${n}`, -1, ANY, 0, 0, undefined, 0);
            else if (what === 'delete') core.write(map, `k${n}`, undefined, ANY, 0, 0, undefined, 0);
            else if (what === 'add') core.write(map, `a${n}`, -1, ANY, 0, 0, undefined, 0);
            else core.clear(map, `k${n}`, undefined);
          }
          yield piece;
        }
      };
      const shelf = new Shelf();
      assert.equal(await restoreStore(shelf.engine, none, writing()), KEYS);
      const found = shelf.entries('m');
      assert.ok(found.every(({ value: cell }) => cell !== -1));
      const versions = new Map(found.map(({ key, version }) => [key, version]));
      for (const { key, version } of expected) assert.equal(versions.get(key), version);
      await engine.close();
    }),
    { numRuns: 15 },
  );
});
