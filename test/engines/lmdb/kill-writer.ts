// A process that writes to several stores until it is killed, and says on its standard output what was acknowledged,
// each line behind the number of its store: `a <key> <n> <version>` for a durable write, `s <version>` for one that was
// only seen.
import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { open } from '../../../src/map/open.ts';
import { waitForArguments } from '../../fixtures/ahead.ts';

const KEYS = 8;

async function run(dir: string, index: number, round: number): Promise<void> {
  const store = await open(await lmdbEngine({ dir, historyLimit: 200 }));
  const map = store.map<{ n: number; fill: string }>('m');
  const pair = store.map<number>('pair');
  const say = (line: string): void => {
    if (parentPort === null) writeSync(1, `${index} ${line}\n`);
    else parentPort.postMessage(line);
  };
  const writer = async (key: string): Promise<void> => {
    for (let n = round * 1_000_000 + 1; ; n++) {
      if (n % 7 === 0) {
        await map.delete(key);
        say(`d ${key} ${n}`);
        continue;
      }
      const { version } = await map.set(key, { n, fill: 'x'.repeat(n % 300) });
      say(`a ${key} ${n} ${version}`);
    }
  };
  const pairs = async (): Promise<void> => {
    for (let n = round * 1_000_000 + 1; ; n++) {
      await store.atomic().set(pair, 'left', n).set(pair, 'right', n).commit();
      say(`p ${n}`);
    }
  };
  const seen = async (): Promise<void> => {
    for (;;) {
      say(`s ${map.sync.set('seen', { n: 0, fill: '' }).version}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all([...Array.from({ length: KEYS }, (_, i) => writer(`k${i}`)), pairs(), seen()]);
}

const [dirs = '[]', round = '0'] = parentPort === null ? waitForArguments() : process.argv.slice(2);
// SAFETY: written by whoever started it.
for (const [index, dir] of (JSON.parse(dirs) as string[]).entries()) void run(dir, index, Number(round));
