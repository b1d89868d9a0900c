// Writes until its disk is gone, and says on its output what was acknowledged.
import { writeSync } from 'node:fs';
import { logEngine } from '../../../src/engines/log/index.ts';
import { open } from '../../../src/map/open.ts';

async function main(dir: string): Promise<void> {
  const store = await open(
    await logEngine({ dir, segmentBytes: 65_536, compactBytes: 10_000, compactAt: 0.3 }),
  );
  const map = store.map<number>('m');
  const begin = (await map.get('count')) ?? 0;
  const writer = async (id: number): Promise<void> => {
    for (let n = begin + 1; ; n++) {
      await map.set(`w${id}.${n % 50}`, n);
      if (id === 0) await map.set('count', n);
      writeSync(1, `${id} ${n}\n`);
    }
  };
  await Promise.all([0, 1, 2, 3].map(writer)).catch((error: unknown) => {
    writeSync(1, `end ${String(Reflect.get(Object(error), 'code'))}\n`);
  });
  process.exit(0);
}

void main(process.argv[2] ?? '');
