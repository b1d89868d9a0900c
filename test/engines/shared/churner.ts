// A worker that works on a store without an end, by the words of the engine: it is ended by others, and started often, so
// that it loads nothing but the engine.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { ANY, NEWER } from '../../../src/contract/condition.ts';
import type { Cell, Operation } from '../../../src/contract/core.ts';
import { attach, type SharedHandle } from '../../../src/engines/shared/index.ts';
import { dice } from '../../../src/conformance/assertions.ts';

/** What a churner is told to work on. */
export interface Churn {
  readonly handle: SharedHandle;
  readonly seed: number;
}

const { seed, handle } = workerData as Churn;
const roll = dice(seed);

/** Begins when it is told to: it is started before its turn. */
parentPort?.postMessage('loaded');
if (parentPort !== null) await once(parentPort, 'message');
const { clock, core, maps } = attach(handle);
const map = maps.open('m', { codec: 'bytes', shape: 0, references: false }).id;
const numbers = maps.open('n', { codec: 'structured', shape: 0, references: false }).id;
const write = (key: string, cell: Cell | undefined, expiresAt = 0): unknown =>
  core.write(map, key, cell, ANY, 0, expiresAt, undefined, 0);
/** Bytes that are all the same, so that it shows when they are of two writes. */
const bytes = (): Uint8Array => new Uint8Array(roll(300)).fill(roll(256));
const operation = (key: string, into: number, cell: Cell): Operation => ({
  map: into,
  key,
  cell,
  condition: ANY,
  ifVersion: 0,
  expiresAt: 0,
  stamp: undefined,
  shape: 0,
});
parentPort?.postMessage('begun');
for (;;) {
  const key = `k${roll(200)}`;
  switch (roll(14)) {
    case 0:
      write(key, undefined);
      break;
    case 1:
      core.add(numbers, key, 1, 0, 0);
      break;
    case 2: {
      const cell = bytes();
      core.commit(
        [],
        [operation(key, map, cell), operation(`${key}/2`, map, cell), operation(key, numbers, seed)],
      );
      break;
    }
    case 3:
      core.clear(map, `k1${roll(10)}`, `k1${roll(10)}`);
      break;
    case 4:
      write(key, bytes(), clock.now() + 1 + roll(20));
      break;
    case 5: {
      const grant = core.tryLock(map, key, { label: undefined, leaseMs: 0 });
      if (roll(2) === 0) grant?.release();
      break;
    }
    case 6:
      core.get(map, key);
      break;
    case 7:
      core.write(map, key, bytes(), NEWER, 0, 0, roll(1_000), 0);
      break;
    case 8:
      core.write(map, key, undefined, NEWER, 0, 0, roll(1_000), 0);
      break;
    case 9:
      if (roll(50) === 0) core.count(map, 'k1', 'k2');
      break;
    case 10:
      // Of one size: written over.
      write(`o${roll(4)}`, new Uint8Array(250).fill(roll(256)));
      break;
    default:
      write(key, bytes());
  }
}
