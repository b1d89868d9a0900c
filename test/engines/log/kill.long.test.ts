// kill -9 as often as SAMEMAP_KILLS says, 2,000 times unless it does.
import { test } from 'node:test';
import { killLoop } from './kill-loop.ts';

const KILLS = Number(process.env['SAMEMAP_KILLS'] ?? 2000);

test(`kill -9, ${KILLS} times: nothing acknowledged is lost, and the directory is free at once`, async (t) => {
  t.diagnostic(`${await killLoop(KILLS)} writes were acknowledged`);
});
