// A cluster of real servers on loopback, client and servers on the same processors.
import { buffered } from './etcd/buffer.mjs';
import { calls } from './etcd/calls.mjs';
import { locks } from './etcd/locks.mjs';
import { near } from './etcd/near.mjs';
import { watches } from './etcd/watch.mjs';

/** @import { Workload } from '../harness/types.mjs' */

/** @type {Workload['groups']} */
export const groups = [...calls, near, ...watches, locks, buffered];
