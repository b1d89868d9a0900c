// A process that writes until it is killed, and says on its standard output what was acknowledged:
// a line `a <key> <n> <version>` for a durable write, `s <version>` for one that was only seen.
import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { open } from '../../../src/map/open.ts';

const KEYS = 8;

async function main(dir: string, round: number): Promise<void> {
  const store = await open(await lmdbEngine({ dir, historyLimit: 200 }));
  const map = store.map<{ n: number; fill: string }>('m');
  const pair = store.map<number>('pair');
  const say = (line: string): void => {
    if (parentPort === null) writeSync(1, `${line}\n`);
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

void main(process.argv[2] ?? '', Number(process.argv[3]));
