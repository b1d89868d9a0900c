// Crashes scripts until there were so many states, and sends what was found.
import { parentPort, workerData } from 'node:worker_threads';
import { crashMany, type ManyCrashes } from './crash-states.ts';

// Most of what is opened is refused, and nobody looks where.
Error.stackTraceLimit = 0;
// SAFETY: the suite beside this file sends nothing else.
parentPort?.postMessage(await crashMany(workerData as ManyCrashes));
