// A process with durable buffers whose processors append to ledgers, until somebody kills it. Says on its standard
// output, line by line, what was accepted: `buffer key number`.
import { appendFileSync } from 'node:fs';
import { open } from '../../src/index.ts';
import { openBuffer } from '../../src/buffer/index.ts';
import { waitForArguments } from '../fixtures/ahead.ts';

const KEYS = 20;
const WRITERS = KEYS;
const [scheme = '', folder = '', buffers = '1', from = '0'] = waitForArguments();

/** One buffer, on a store of its own. */
async function run(index: number): Promise<void> {
  const store = await open(`${scheme}:${folder}/store-${index}`);
  const ledger = `${folder}/ledger-${index}`;
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
  /** One of several writers: writes, and says so when it was accepted. */
  const writer = async (number: number): Promise<void> => {
    for (let n = Number(from) + number; ; n += WRITERS) {
      const key = `k${n % KEYS}`;
      await buffer.set(key, n);
      process.stdout.write(`${index} ${key} ${n}\n`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
}

await Promise.all(Array.from({ length: Number(buffers) }, (_, index) => run(index)));
