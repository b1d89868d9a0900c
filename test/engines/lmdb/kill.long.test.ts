// kill -9, 2,000 times, in parts that tell how far it has come; two loops at a time.
import { join } from 'node:path';
import { test } from 'node:test';
import { directory } from './fixture.ts';
import { killLoop } from './kill-loop.ts';

const PARTS = 20;
const [seed = Date.now() % 2 ** 31] = [process.env['SAMEMAP_SEED']]
  .flatMap((given) => given ?? [])
  .map(Number);

for (let part = 1; part <= PARTS; part++) {
  test(`2 stores killed 2,000 times: nothing is lost, split or numbered twice: part ${part} of ${PARTS}`, async (t) => {
    const dir = directory(t);
    const loop = (name: string, plus: number): Promise<void> =>
      killLoop([join(dir, `${name}-0`), join(dir, `${name}-1`)], 50, (seed + 2 * part + plus) % 2 ** 31);
    await Promise.all([loop('a', 0), loop('b', 1)]);
  });
}
