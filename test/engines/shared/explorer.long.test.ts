// As explorer.test.ts, with two switches and a death after each of them, and with three threads.
import { test } from 'node:test';
import { CALLS, LARGE } from './explore/calls.ts';
import { exploreEvicting } from './explore/evicting.ts';
import { explore } from './explore/explore.ts';
import { loadWords } from './explore/world.ts';

const seed = Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 1_000);
/** Every so many of the places of a second switch. */
const stride = Number(process.env['SAMEMAP_STRIDE'] ?? 5);
const names = Object.keys(CALLS);

test(`explorer: two calls, two switches, a death at every step between them (seed ${seed})`, async (t) => {
  const words = [await loadWords(), await loadWords()];
  let runs = 0;
  for (const recording of [false, true]) {
    for (const [i, one] of names.entries()) {
      for (const other of names.slice(i)) {
        runs += explore(words, [one, other], recording, { first: 1, second: stride, offset: seed });
      }
    }
  }
  t.diagnostic(`${runs} runs`);
});

test(`explorer: a large call, two switches, a death (seed ${seed})`, async (t) => {
  const words = [await loadWords(), await loadWords()];
  let runs = 0;
  for (const large of Object.keys(LARGE)) {
    for (const other of names) {
      runs += explore(words, [large, other], true, { first: stride, second: stride * 20, offset: seed });
    }
  }
  t.diagnostic(`${runs} runs`);
});

test('explorer: a write that evicts and another call, one switch at every step, a death at every step', async (t) => {
  const words = [await loadWords(), await loadWords()];
  let runs = 0;
  for (const recording of [false, true]) runs += exploreEvicting(words, recording, 1, 0);
  t.diagnostic(`${runs} runs`);
});

test(`explorer: three calls, two switches, a death (seed ${seed})`, async (t) => {
  const words = [await loadWords(), await loadWords(), await loadWords()];
  let runs = 0;
  for (const [i, one] of names.entries()) {
    for (const [j, two] of names.slice(i).entries()) {
      for (const three of names.slice(i + j)) {
        const offset = seed + runs;
        runs += explore(words, [one, two, three], (i + j) % 2 === 0, {
          first: stride * 4,
          second: stride * 4,
          offset,
        });
      }
    }
  }
  t.diagnostic(`${runs} runs`);
});
