// kill -9 of a process that writes; what it was told is durable must be there.
import { test } from 'node:test';
import { killLoop } from './kill-loop.ts';

test('kill -9, 50 times: nothing acknowledged is lost, and the directory is free at once', async (t) => {
  t.diagnostic(`${await killLoop(50)} writes were acknowledged`);
});
