// What is durable, on the disk of the folder that SAMEMAP_BENCH_DIR names (the one for temporary files unless said).
// SAMEMAP_BENCH_FULL=1 gives every group the size that its goal speaks of.
import { compacting } from './log/compacting.mjs';
import { durable } from './log/durable.mjs';
import { reads } from './log/reads.mjs';
import { opening, size, walmap } from './log/whole.mjs';

/** @import { Workload } from '../harness/types.mjs' */

/** @type {Workload['groups']} */
export const groups = [...durable, reads, ...walmap, opening, size, compacting];
