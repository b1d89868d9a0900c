// Damages a log everywhere, and sends what became of it.
import { parentPort, workerData } from 'node:worker_threads';
import { damageEverywhere } from './damage-everywhere.ts';

// Most of what is opened is refused, and nobody looks where.
Error.stackTraceLimit = 0;
// SAFETY: the suite beside this file sends nothing else.
const { how, length } = workerData as { how: 'cut' | 'flip'; length: number };
parentPort?.postMessage(await damageEverywhere(how, length));
