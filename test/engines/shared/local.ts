// What the words work with, on a memory of a test.
import { systemClock } from '../../../src/base/clock.ts';
import { numberAt } from '../../../src/engines/shared/entries.ts';
import type { SharedHandle } from '../../../src/engines/shared/index.ts';
import { BASE_WALL } from '../../../src/engines/shared/layout.ts';
import type { Local } from '../../../src/engines/shared/local.ts';
import type { Memory } from '../../../src/engines/shared/memory.ts';
import { recover } from '../../../src/engines/shared/recover.ts';
import { newStage } from '../../../src/engines/shared/ring.ts';
import { join } from '../../../src/engines/shared/threads.ts';
import { memoryOf } from './fixture.ts';

/** Joins a store as one more thread. @param park - what it does instead of sleeping */
export function localOf(handle: SharedHandle, park?: Memory['waiting']['park']): Local {
  const memory = memoryOf(handle);
  const m = park === undefined ? memory : { ...memory, waiting: { ...memory.waiting, park } };
  const local: Local = {
    m,
    clock: systemClock(),
    stage: newStage(),
    tables: [],
    evicts: false,
    stoneMs: 600_000,
    stonesInStripe: 1_000,
    base: numberAt(m.words, BASE_WALL),
  };
  m.recover = (owner) => recover(local, owner);
  join(local);
  return local;
}
