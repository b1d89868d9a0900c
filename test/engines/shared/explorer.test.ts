// The production code under a scheduler: every interleaving with one switch, and a death at every step.
import { test } from 'node:test';
import { CALLS, LARGE } from './explore/calls.ts';
import { exploreEvicting } from './explore/evicting.ts';
import { explore } from './explore/explore.ts';
import { loadWords } from './explore/world.ts';

const EVERY = { first: 1, second: 0, offset: 0 };
const seed = Date.now() % 97;

test(`explorer: two calls, one switch at every step, a death at every step (seed ${seed})`, async (t) => {
  const words = [await loadWords(), await loadWords()];
  const names = Object.keys(CALLS);
  let runs = 0;
  for (const [i, one] of names.entries()) {
    for (const [j, other] of names.slice(i).entries()) {
      // Half of them with watchers, the other half the next time; the long test has both.
      runs += explore(words, [one, other], (i + j + seed) % 2 === 0, EVERY);
    }
  }
  t.diagnostic(`${runs} runs`);
});

test(`explorer: a large call and another one, one switch, a death (seed ${seed})`, async (t) => {
  const words = [await loadWords(), await loadWords()];
  let runs = 0;
  for (const large of Object.keys(LARGE)) {
    for (const other of Object.keys(CALLS)) {
      runs += explore(words, [large, other], true, { first: 97, second: 0, offset: seed });
    }
  }
  t.diagnostic(`${runs} runs`);
});

test(`explorer: a write that evicts and another call, one switch, a death (seed ${seed})`, async (t) => {
  const words = [await loadWords(), await loadWords()];
  let runs = 0;
  for (const recording of [false, true]) runs += exploreEvicting(words, recording, 13, seed);
  t.diagnostic(`${runs} runs`);
});
