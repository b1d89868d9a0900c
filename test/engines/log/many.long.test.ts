// More entries than a native Map can hold; SAMEMAP_ENTRIES says how many, 20,000,000 unless it does.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { logEngine } from '../../../src/engines/log/index.ts';
import { bytes, open } from '../../../src/index.ts';

const ENTRIES = Number(process.env['SAMEMAP_ENTRIES'] ?? 20_000_000);
/** Entries between two waits for the disk. */
const STEP = 100_000;
/** Looks at every so manieth entry. */
const STRIDE = 9973;

function keyOf(n: number): string {
  return String(n).padStart(20, '0');
}

test(`${ENTRIES} entries are written, read, overwritten, counted, and there after opening anew`, async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-many-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const value = new Uint8Array(8);
  const numbers = new DataView(value.buffer);
  const engine = async () => logEngine({ dir, durability: 'os', segmentBytes: 2 ** 28 });
  const numberAt = (found: Uint8Array | undefined): number | undefined =>
    found === undefined ? undefined : new DataView(found.buffer, found.byteOffset).getFloat64(0);
  {
    const store = await open(await engine());
    const map = store.map<Uint8Array>('m', { codec: bytes() });
    for (let n = 0; n < ENTRIES; n++) {
      numbers.setFloat64(0, n);
      map.sync.set(keyOf(n), value);
      if (n % STEP === 0) await map.durable();
    }
    for (let n = 0; n < ENTRIES; n += STRIDE) {
      numbers.setFloat64(0, -n);
      map.sync.set(keyOf(n), value);
    }
    assert.equal(await map.count(), ENTRIES);
    await store.close();
  }
  const store = await open(await engine());
  const map = store.map<Uint8Array>('m', { codec: bytes() });
  assert.equal(await map.count(), ENTRIES);
  for (let n = 0; n < ENTRIES; n += STRIDE) {
    assert.equal(numberAt(map.sync.get(keyOf(n))), -n);
    if (n + 1 < ENTRIES) assert.equal(numberAt(map.sync.get(keyOf(n + 1))), n + 1);
  }
  assert.equal(map.sync.get(keyOf(ENTRIES)), undefined);
  const { indexBytes = 0 } = await map.stats();
  t.diagnostic(`${Math.round((indexBytes / ENTRIES) * 10) / 10} bytes of index an entry`);
  await store.close();
});
