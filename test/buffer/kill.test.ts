// After SIGKILL a new buffer on the same store delivers everything accepted and not acknowledged, in order per key.
import { test } from 'node:test';
import { killOften } from './kill.ts';

test('nothing accepted is lost by 30 kills', async (t) => {
  const { accepted, again } = await killOften(30);
  return t.diagnostic(`${accepted} writes accepted, ${again} delivered again`);
});
