import { channel } from 'node:diagnostics_channel';
import type { Channel } from 'node:diagnostics_channel';

/**
 * What buffers tell about themselves, as channels of `node:diagnostics_channel`. Every message has
 * `{ buffer, atMs }`, those of batches `partition` and `attempt` besides; a channel without subscribers costs
 * one comparison.
 *
 * | channel | its message besides |
 * |---|---|
 * | `samemap:buffer:start` | |
 * | `samemap:buffer:stop` | `durationMs` since the start, `undelivered` |
 * | `samemap:buffer:flush:start` | `size` |
 * | `samemap:buffer:flush:stop` | `size`, `durationMs`, `failed`: how many are not confirmed |
 * | `samemap:buffer:failure` | `error`, `entries`: those not confirmed |
 * | `samemap:buffer:retry` | `size`, `delayMs`, `error` |
 * | `samemap:buffer:dead-letter` | `entry`, `error`, `attempts` |
 *
 * @example
 * ```ts
 * import diagnostics from 'node:diagnostics_channel';
 * import { BUFFER_CHANNELS } from 'samemap/buffer';
 * diagnostics.subscribe(BUFFER_CHANNELS.failure, (message) => console.error('not confirmed', message));
 * ```
 */
export const BUFFER_CHANNELS = {
  start: 'samemap:buffer:start',
  stop: 'samemap:buffer:stop',
  flushStart: 'samemap:buffer:flush:start',
  flushStop: 'samemap:buffer:flush:stop',
  failure: 'samemap:buffer:failure',
  retry: 'samemap:buffer:retry',
  deadLetter: 'samemap:buffer:dead-letter',
} as const;

/** The channels themselves. */
export const channels: Readonly<Record<keyof typeof BUFFER_CHANNELS, Channel>> = {
  start: channel(BUFFER_CHANNELS.start),
  stop: channel(BUFFER_CHANNELS.stop),
  flushStart: channel(BUFFER_CHANNELS.flushStart),
  flushStop: channel(BUFFER_CHANNELS.flushStop),
  failure: channel(BUFFER_CHANNELS.failure),
  retry: channel(BUFFER_CHANNELS.retry),
  deadLetter: channel(BUFFER_CHANNELS.deadLetter),
};
