// As explorer.test.ts, with two switches and a death after each of them.
import { test } from 'node:test';
import { CALLS, explorePair } from './explore/explore.ts';
import { loadWords } from './explore/world.ts';

test('explorer: two calls, two switches, a death at every step between them', async (t) => {
  const words = [await loadWords(), await loadWords()];
  const names = Object.keys(CALLS);
  let runs = 0;
  for (const recording of [false, true]) {
    for (const [i, one] of names.entries()) {
      for (const other of names.slice(i)) {
        runs += explorePair(words, [one, other], recording, { switches: 2, stride: 5 });
      }
    }
  }
  t.diagnostic(`${runs} runs`);
});
