// The engine in shared memory: against lmdb-js on a memory file system and against messages, with two workers; one
// thread against native maps; counters; ten million entries.
import { addDistinct, addOne } from './shared/counters.mjs';
import { large } from './shared/large.mjs';
import { mixed, readers } from './shared/mixed.mjs';
import { get, look } from './shared/one-thread.mjs';
import { scaling } from './shared/scaling.mjs';

export const groups = [...mixed, scaling, readers, get, look, addDistinct, addOne, large];
