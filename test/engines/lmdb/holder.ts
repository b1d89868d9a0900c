// A process that holds a store until it is ended, or says why it cannot.
import { writeSync } from 'node:fs';
import { lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { open } from '../../../src/map/open.ts';

async function main(dir: string): Promise<void> {
  try {
    const store = await open(await lmdbEngine({ dir }));
    await store.map<number>('m').set('held', 1);
    writeSync(1, 'held\n');
    setInterval(() => undefined, 60_000);
  } catch (error) {
    writeSync(1, `${String(Reflect.get(Object(error), 'code'))}\n`);
  }
}

void main(process.argv[2] ?? '');
