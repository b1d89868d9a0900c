// The engine on LMDB, against the bare library doing the same work with the same durability.
import { large } from './lmdb/large.mjs';
import { get, scan } from './lmdb/reads.mjs';
import { lockOnMemory } from './lmdb/lock-on-memory.mjs';
import { lock, set, setIfVersion } from './lmdb/writes.mjs';

export const groups = [set, setIfVersion, get, scan, lock, lockOnMemory, large];
