// The kills of `kill.test.ts`, 2,000 of them.
import { test } from 'node:test';
import { killOften } from './kill.ts';

test('nothing accepted is lost by 2,000 kills', async (t) => {
  const { accepted, again } = await killOften(2_000);
  return t.diagnostic(`${accepted} writes accepted, ${again} delivered again`);
});
