// The memory engine through both faces, against what a process would use instead.
import { asyncGet, codecGet, codecSet } from './memory/async.mjs';
import { heap } from './memory/heap.mjs';
import { lock } from './memory/lock.mjs';
import { get, set } from './memory/map.mjs';
import { scan } from './memory/scan.mjs';
import { keyWatchers, prefixWatchers, watchedSet } from './memory/watch.mjs';

export const groups = [
  get,
  set,
  watchedSet,
  asyncGet,
  codecGet,
  codecSet,
  heap,
  scan,
  keyWatchers,
  prefixWatchers,
  lock,
];
