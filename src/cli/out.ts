import { once } from 'node:events';
import type { World } from './world.ts';

/** How results are written: bare, one JSON object a line, or in columns. */
export type Format = 'simple' | 'json' | 'table';

/** Where results go. Writing waits for a slow reader, and ends with the signal's reason on abort. */
export interface Out {
  readonly format: Format;
  readonly world: World;
  write(data: string | Uint8Array): Promise<void>;
  line(text: string): Promise<void>;
  /** A value as one line of JSON. */
  json(value: unknown): Promise<void>;
}

/** Writes to the standard output of a world. */
export function outOf(world: World, format: Format, signal: AbortSignal): Out {
  const write = async (data: string | Uint8Array): Promise<void> => {
    signal.throwIfAborted();
    if (world.stdout.write(data)) return;
    try {
      await once(world.stdout, 'drain', { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  };
  const line = (text: string): Promise<void> => write(`${text}\n`);
  return { format, world, write, line, json: (value) => line(JSON.stringify(value)) };
}
