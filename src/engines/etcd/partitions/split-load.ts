import type { AsyncEngine } from '../../../contract/engine.ts';
import type { Block, Loaded, LoadRequest } from '../../../contract/services.ts';
import { entriesOf } from '../../../parts/blocks.ts';

/** Blocks of one partition on their way, one at a time. */
class Channel {
  #block: Block | undefined;
  #ended = false;
  #error: unknown;
  #changed: () => void = () => undefined;
  #taken: () => void = () => undefined;

  /** Resolves when the block was taken. */
  async put(block: Block): Promise<void> {
    if (this.#ended) return;
    this.#block = block;
    this.#changed();
    await new Promise<void>((resolve) => (this.#taken = resolve));
  }

  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#changed();
    this.#taken();
  }

  async *blocks(): AsyncGenerator<Block> {
    try {
      for (;;) {
        const block = this.#block;
        if (block !== undefined) {
          yield block;
          this.#block = undefined;
          this.#taken();
        } else if (this.#ended) {
          if (this.#error !== undefined) throw this.#error;
          return;
        } else await new Promise<void>((resolve) => (this.#changed = resolve));
      }
    } finally {
      this.#ended = true;
      this.#taken();
    }
  }
}

/**
 * Loads several partitions at once from one stream. Nothing is put in place before all of the stream was read and
 * written beside; a fault before that ends all loads. Each partition is put in place on its own.
 */
export async function splitLoad(
  engines: readonly AsyncEngine[],
  partitionOf: (key: string) => number,
  { maps, blocks, replace }: LoadRequest,
): Promise<number> {
  const channels = engines.map(() => new Channel());
  const endAll = (error?: unknown): void => channels.forEach((channel) => channel.end(error));
  const loads = engines.map((engine, partition) => {
    const load = engine.load({ maps, blocks: channels[partition]?.blocks() ?? blocks, replace });
    load.catch((error: unknown) => endAll(error));
    return load;
  });
  try {
    for await (const block of blocks) {
      const parts = engines.map(() => new Map<number, Loaded[]>());
      for (const { map, ...entry } of entriesOf(block)) {
        const part = parts[partitionOf(entry.key)];
        const list = part?.get(map) ?? [];
        list.push(entry);
        part?.set(map, list);
      }
      await Promise.all(
        parts.map(async (part, partition) => {
          for (const [map, entries] of part)
            await channels[partition]?.put({ kind: 'entries', map, entries });
        }),
      );
    }
    endAll();
  } catch (error) {
    endAll(error);
  }
  const settled = await Promise.allSettled(loads);
  const failed = settled.find((load) => load.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.reduce((sum, load) => sum + (load.status === 'fulfilled' ? load.value : 0), 0);
}
