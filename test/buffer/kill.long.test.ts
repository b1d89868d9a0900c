// The kills of `kill.test.ts`, 2,000 of them.
import { test } from 'node:test';
import { hasLog, killOften } from './kill.ts';

test('nothing accepted is lost by 2,000 kills', async (t) => {
  if (!(await hasLog())) return t.skip('no log engine in this release');
  const { accepted, again } = await killOften(2_000);
  return t.diagnostic(`${accepted} writes accepted, ${again} delivered again`);
});
