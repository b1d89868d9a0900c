// A worker that writes down what it asks a store and what it is told; it loads nothing but what it needs.
import { parentPort, workerData } from 'node:worker_threads';
import { createHistory, type HistoryOperation } from '../../../src/conformance/history.ts';
import { recording } from '../../../src/conformance/recording.ts';
import { ANY, VERSION } from '../../../src/contract/condition.ts';
import { attach, type SharedHandle } from '../../../src/engines/shared/index.ts';
import { dice } from '../../../src/conformance/assertions.ts';

/** What it works on, and the counter that puts the calls of all of them in order. */
export interface Historian {
  readonly handle: SharedHandle;
  readonly seed: number;
  readonly operations: number;
  readonly places: SharedArrayBuffer;
}

const { handle, seed, operations, places } = workerData as Historian;

/** Works on few keys, writing down every call and answer. */
async function work(): Promise<HistoryOperation[]> {
  const order = new Int32Array(places);
  const notes = createHistory(() => Atomics.add(order, 0, 1));
  const engine = recording(attach(handle), notes, seed);
  const { core } = engine;
  const map = engine.maps.open('m', { codec: 'numbers', shape: 0, references: false }).id;
  const roll = dice(seed);
  let last = 0;
  for (let n = 0; n < operations; n++) {
    const key = `k${roll(8)}`;
    const value = seed * 1_000_000 + n;
    switch (roll(10)) {
      case 0:
        core.write(map, key, undefined, ANY, 0, 0, undefined, 0);
        break;
      case 1:
        core.write(map, key, value, VERSION, last, 0, undefined, 0);
        break;
      case 2:
        core.write(map, key, value, VERSION, 0, 0, undefined, 0);
        break;
      case 3: {
        const operation = {
          map,
          condition: ANY,
          ifVersion: 0,
          expiresAt: 0,
          stamp: undefined,
          shape: 0,
        } as const;
        core.commit(
          [],
          [
            { ...operation, key, cell: value },
            { ...operation, key: `${key}x`, cell: roll(2) === 0 ? undefined : value },
          ],
        );
        break;
      }
      case 4:
        core.getMany(map, ['k0', 'k1', 'k2', 'k2x']);
        break;
      case 5:
      case 6:
        core.write(map, key, value, ANY, 0, 0, undefined, 0);
        break;
      default:
        last = core.get(map, key).entry?.version ?? 0;
    }
    if (roll(2_000) === 0) core.clear(map, 'k1', 'k3');
    if (roll(500) === 0) core.page(map, '', undefined, 100, false);
  }
  await engine.close();
  return notes.operations();
}

parentPort?.postMessage(await work());
