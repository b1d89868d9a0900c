// The production code under a scheduler: every interleaving with one switch, and a death at every step.
import { test } from 'node:test';
import { CALLS, explorePair } from './explore/explore.ts';
import { loadWords } from './explore/world.ts';

test('explorer: two calls, one switch at every step, a death at every step', async (t) => {
  const words = [await loadWords(), await loadWords()];
  const names = Object.keys(CALLS);
  let runs = 0;
  for (const recording of [false, true]) {
    for (const [i, one] of names.entries()) {
      for (const other of names.slice(i)) {
        runs += explorePair(words, [one, other], recording, { switches: 1, stride: 1 });
      }
    }
  }
  t.diagnostic(`${runs} runs`);
});
