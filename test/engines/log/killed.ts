// A child that writes until it is killed, and says over its channel what was acknowledged.
import { open } from '../../../src/map/open.ts';
import { logEngine } from '../../../src/engines/log/index.ts';

async function write(dir: string): Promise<void> {
  const store = await open(
    await logEngine({ dir, segmentBytes: 65_536, compactBytes: 10_000, compactAt: 0.3 }),
  );
  const map = store.map<number>('m');
  const begin = (await map.get('count')) ?? 0;
  process.send?.({ begin });
  const loop = async (writer: number): Promise<void> => {
    for (let n = begin + 1; ; n++) {
      await map.set(`w${writer}.${n % 50}`, n);
      if (writer === 0) await map.set('count', n);
      process.send?.({ writer, n });
    }
  };
  await Promise.all([0, 1, 2, 3].map(loop));
}

void write(process.argv[2] ?? '');
