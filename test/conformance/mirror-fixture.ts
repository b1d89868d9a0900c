// Mirrors of two engines in memory, and what their tests share.
import assert from 'node:assert/strict';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { mirror } from '../../src/conformance/mirror.ts';
import { ANY } from '../../src/contract/condition.ts';
import type { Reply, SyncCore } from '../../src/contract/core.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import type { LoadRequest } from '../../src/contract/services.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { twisted, type Twist } from './twisted.ts';

export const PLAIN = { codec: 'bytes', shape: 0, references: false };
export const REQUEST = { label: undefined, leaseMs: 1_000 };
export const clock = manualClock();
export const memory = (): SyncEngine => memoryEngine({}, { clock });

export interface Mirrored {
  readonly engine: SyncEngine;
  readonly core: SyncCore;
  /** The second engine, as it was before it was twisted. */
  readonly second: SyncEngine;
  /** The map's number. */
  readonly map: number;
}

/** A mirror with a map, whose second engine counts otherwise. */
export function mirrored(twist: (inner: SyncEngine) => Twist = () => ({})): Mirrored {
  const second = memory();
  second.core.reserve(1_000);
  second.maps.open('another', PLAIN);
  const engine = mirror(memory(), twisted(second, twist(second)));
  return { engine, core: engine.core, second, map: engine.maps.open('m', PLAIN).id };
}

export const set = (engine: SyncEngine, map: number, key: string, value: number): Reply =>
  engine.core.write(map, key, value, ANY, 0, 0, undefined, 0);
export async function readView(engine: SyncEngine): Promise<void> {
  const view = await engine.view(undefined);
  for await (const block of view.blocks()) assert.equal(block.kind, 'entries');
  view.close();
}

export function loadOf(count: number): LoadRequest {
  const entries = Array.from({ length: count }, (_, i) => ({
    key: `k${i}`,
    value: i,
    version: i + 1,
    expiresAt: 0,
    shape: 0,
    stamp: undefined,
  }));
  return {
    maps: [{ ...PLAIN, id: 7, name: 'loaded' }],
    replace: true,
    blocks: (async function* () {
      yield { kind: 'entries' as const, map: 7, entries };
    })(),
  };
}
