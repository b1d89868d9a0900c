// Deaths in the middle of the work.
import { test } from 'node:test';
import { killWorkers } from './kill.ts';

const seed = Date.now() % 1_000_000;

for (const watched of [false, true]) {
  const name = `kill: after 100 deaths of threads that ${watched ? 'are watched' : 'nobody watches'}`;
  test(`${name} the store is whole (seed ${seed})`, () => killWorkers(100, seed, watched));
}
