// A process with a durable buffer whose processor appends to a ledger, until somebody kills it. Says on its standard
// output, line by line, what was accepted: `key number`.
import { appendFileSync } from 'node:fs';
import { open } from '../../src/index.ts';
import { openBuffer } from '../../src/buffer/index.ts';

const [address = '', ledger = '', from = '0'] = process.argv.slice(2);
const KEYS = 20;
const WRITERS = KEYS;
const store = await open(address);
const buffer = await openBuffer<number>({
  store,
  partitions: 3,
  intervalMs: 3,
  batchSize: 7,
  retry: { baseMs: 1, maxMs: 5 },
  processor: (batch, { attempt }) => {
    // Some batches fail, before or after their effect.
    if (attempt === 1 && Math.random() < 0.1) throw new Error('before');
    appendFileSync(ledger, batch.map(({ key, value }) => `${key} ${value}\n`).join(''));
    if (attempt === 1 && Math.random() < 0.1) throw new Error('after');
  },
});
process.stdout.write('ready\n');
/** One of several writers: writes, and says so when it was accepted. */
async function writer(number: number): Promise<void> {
  for (let n = Number(from) + number; ; n += WRITERS) {
    const key = `k${n % KEYS}`;
    await buffer.set(key, n);
    process.stdout.write(`${key} ${n}\n`);
  }
}
await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
