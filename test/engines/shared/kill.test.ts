// Deaths in the middle of the work.
import { test } from 'node:test';
import { killWorkers } from './kill.ts';

const seed = Date.now() % 1_000_000;

test(`kill: after 200 deaths of working threads the store is whole (seed ${seed})`, () =>
  killWorkers(200, seed));
