import type { Readable, Writable } from 'node:stream';
import type { OpenOptions, Store } from '../index.ts';

/** What a stream tells about the terminal behind it. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** How the command line opens a store. */
export type OpenStore = (
  url: string,
  options: Pick<OpenOptions, 'waitMs' | 'auth' | 'tls' | 'deadlineMs'>,
) => Promise<Store>;

/** Everything outside the command line that it touches, besides files that are named as arguments. */
export interface World {
  readonly stdin: Readable & Screen;
  readonly stdout: Writable & Screen;
  readonly stderr: Writable & Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly open: OpenStore;
  /** Wall time in milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborting ends the command: the store is closed, the exit code is 130. */
  readonly interrupt?: AbortSignal | undefined;
}

/** Whether colours may be written: a terminal, and nobody asked for none. */
export function wantsColour(stream: Screen, env: World['env']): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
