// After SIGKILL a new buffer on the same store delivers everything accepted and not acknowledged, in order per key.
import { test } from 'node:test';
import { killOften } from './kill.ts';

for (const [scheme, kills] of [
  ['log', 18],
  ['lmdb', 12],
] as const) {
  test(`nothing accepted is lost by ${kills} kills, on ${scheme}`, async (t) => {
    const { accepted, again } = await killOften(scheme, kills, 1);
    return t.diagnostic(`${accepted} writes accepted, ${again} delivered again`);
  });
}
