// Damages a log everywhere, and sends what became of it.
import { parentPort, workerData } from 'node:worker_threads';
import { damageEverywhere } from './damage-everywhere.ts';

// SAFETY: the suite beside this file sends nothing else.
const { how, length } = workerData as { how: 'cut' | 'flip'; length: number };
parentPort?.postMessage(await damageEverywhere(how, length));
