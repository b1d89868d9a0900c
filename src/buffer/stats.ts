/**
 * What `stats()` tells: counts of changes unless said otherwise.
 *
 * @example
 * ```ts
 * import { openBuffer, type BufferStats } from 'samemap/buffer';
 * const buffer = await openBuffer<number>({ processor: async () => undefined });
 * const { entries, oldestMs }: BufferStats = buffer.stats();
 * await buffer.close();
 * ```
 */
export interface BufferStats {
  /** In the table being written. */
  readonly writing: number;
  /** In frozen tables and queues of partitions, not yet handed to the processor. */
  readonly queued: number;
  /** Held back, because an earlier change of their key is unconfirmed. */
  readonly held: number;
  /** With the processor, or with the handler of dead letters. */
  readonly inFlight: number;
  /** Waiting for their repetition, or given up and taken by nobody. */
  readonly retrying: number;
  /** Writes that wait for room. */
  readonly waiting: number;
  /** All without outcome, as they count against `maxEntries`. */
  readonly entries: number;
  /** Their bytes, by `sizeOf`. */
  readonly bytes: number;
  /** Milliseconds since the oldest table that has anything without outcome got its first change; 0 when none has. */
  readonly oldestMs: number;
  /** What a processor or a handler failed with last. */
  readonly lastError: unknown;
  /** Confirmed by the processor. */
  readonly delivered: number;
  /** Taken by the handler of dead letters. */
  readonly deadLettered: number;
  /** Coalesced into an earlier change while they were held back. */
  readonly coalesced: number;
  /** Handed back by `close`. */
  readonly returned: number;
  /** Handed to the processor and not confirmed: thrown, rejected, timed out. Each may have had its effect. */
  readonly unconfirmed: number;
  /** Calls of the processor that ended. */
  readonly calls: number;
  /** Stamps that are remembered after their change left. */
  readonly stamps: number;
  /** What was accepted and is nowhere: 0, always. Alarm on anything else. */
  readonly lost: number;
}
