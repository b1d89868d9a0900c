// The kills of `kill.test.ts`, 2,000 of them.
import { test } from 'node:test';
import { killOften } from './kill.ts';

for (const scheme of ['log', 'lmdb'] as const) {
  test(`nothing accepted is lost by 1,000 kills, on ${scheme}`, async (t) => {
    const { accepted, again } = await killOften(scheme, 1_000);
    return t.diagnostic(`${accepted} writes accepted, ${again} delivered again`);
  });
}
