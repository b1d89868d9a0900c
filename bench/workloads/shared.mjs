// The engine in shared memory: one thread against a native Map, two threads against lmdb and against messages.
import { add, get, has } from './shared/one.mjs';
import { oneKey, threads } from './shared/threads.mjs';
import { size } from './shared/size.mjs';

export const groups = [get, has, add, threads, oneKey, size];
