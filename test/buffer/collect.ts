// A buffer whose processor keeps what it gets.
import { setImmediate as turn } from 'node:timers/promises';
import { openBuffer } from '../../src/buffer/index.ts';
import type { BatchContext, BufferEntry, BufferOptions, Deletes, MapBuffer } from '../../src/buffer/index.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { ManualClock } from '../../src/conformance/manual-clock.ts';

/** One call of the processor. */
export interface Call<Value, Mode extends Deletes> {
  readonly batch: readonly BufferEntry<Value, string, Mode>[];
  readonly context: BatchContext;
}

export interface Collecting<Value, Mode extends Deletes> {
  readonly buffer: MapBuffer<Value, string, Mode>;
  readonly clock: ManualClock;
  readonly calls: Call<Value, Mode>[];
  /** All elements that were handed to the processor, in order, as `key=value`, or `-key` for a tombstone. */
  readonly seen: () => string[];
  /** What the processor does next; `undefined`: nothing but keeping. */
  act: ((call: Call<Value, Mode>) => unknown) | undefined;
}

/** One partition unless said, so that order is easy to say. */
export async function collecting<Value = number, Mode extends Deletes = 'discard'>(
  options: BufferOptions<Value, string, Mode> = {},
): Promise<Collecting<Value, Mode>> {
  const clock = manualClock();
  const calls: Call<Value, Mode>[] = [];
  const self: { act: Collecting<Value, Mode>['act'] } = { act: undefined };
  const buffer = await openBuffer<Value, string, Mode>({
    clock,
    partitions: 1,
    processor: async (batch, context) => {
      const call = { batch, context };
      calls.push(call);
      return (await self.act?.(call)) as void;
    },
    ...options,
  });
  const seen = (): string[] =>
    calls.flatMap(({ batch }) =>
      batch.map(({ key, value, deleted }) => (deleted ? `-${key}` : `${key}=${JSON.stringify(value)}`)),
    );
  return Object.assign(self, { buffer, clock, calls, seen });
}

/** Lets everything that can go on go on. */
export async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** A processor that fails whenever a batch has one of these keys. */
export function failingOn(...keys: string[]) {
  return ({ batch }: { readonly batch: readonly { readonly key: string }[] }): void => {
    const bad = batch.find(({ key }) => keys.includes(key));
    if (bad !== undefined) throw new Error(`no ${bad.key}`);
  };
}
