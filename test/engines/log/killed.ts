// A child that writes until it is killed, and says over its channel what was acknowledged. It asks the engine itself,
// for it is started again and again, and what is not imported need not be read.
import { ANY } from '../../../src/contract/condition.ts';
import { logEngine } from '../../../src/engines/log/index.ts';

async function write(dir: string): Promise<void> {
  const { core, maps, durable } = await logEngine({
    dir,
    segmentBytes: 65_536,
    compactBytes: 10_000,
    compactAt: 0.3,
  });
  const { id } = maps.open('m', { codec: 'json', shape: 0, references: false });
  const begin = Number(core.get(id, 'count').entry?.value ?? 0);
  const set = async (key: string, n: number): Promise<void> =>
    durable?.(core.write(id, key, n, ANY, 0, 0, undefined, 0).at);
  process.send?.({ begin });
  const loop = async (writer: number): Promise<void> => {
    for (let n = begin + 1; ; n++) {
      await set(`w${writer}.${n % 50}`, n);
      if (writer === 0) await set('count', n);
      process.send?.({ writer, n });
    }
  };
  await Promise.all([0, 1, 2, 3].map(loop));
}

void write(process.argv[2] ?? '');
