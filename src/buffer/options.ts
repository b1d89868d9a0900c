import { availableParallelism } from 'node:os';
import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { checkInteger, checkMs, checkOptions, show } from '../base/options.ts';
import type { Store } from '../contract/store.ts';
import type { Merge } from './coalesce.ts';
import type { Deletes } from './entry.ts';
import type { DeadLetterHandler, Processor } from './processor.ts';

/**
 * How a failing batch is repeated.
 *
 * @example
 * ```ts
 * import { openBuffer, type RetryOptions } from 'samemap/buffer';
 * const retry: RetryOptions = { attempts: 3, baseMs: 50, maxMs: 1_000 };
 * const buffer = await openBuffer<number>({ processor: async () => undefined, retry });
 * await buffer.close();
 * ```
 */
export interface RetryOptions {
  /**
   * How often a batch is tried before it is divided to find the entries that fail, from 1 up or `Infinity`.
   * @default 5
   */
  readonly attempts?: number | undefined;
  /** The wait before the first repetition; doubled each time. @default 100 */
  readonly baseMs?: number | undefined;
  /** The longest wait. @default 30_000 */
  readonly maxMs?: number | undefined;
}

/**
 * What can be changed while a buffer is open.
 *
 * @example
 * ```ts
 * import { openBuffer, type LiveOptions } from 'samemap/buffer';
 * const faster: LiveOptions = { intervalMs: 100, concurrency: 2 };
 * const buffer = await openBuffer<number>({ processor: async () => undefined });
 * buffer.updateOptions(faster);
 * await buffer.close();
 * ```
 */
export interface LiveOptions {
  /** How long a change waits in the table being written, at most. @default 5_000 */
  readonly intervalMs?: number | undefined;
  /** How long a processor may take over a batch. `Infinity`: as long as it likes. @default 60_000 */
  readonly timeoutMs?: number | undefined;
  /** The most entries of a batch; `'table'`: all that a partition got from one swap. @default 500 */
  readonly batchSize?: number | 'table' | undefined;
  /** How many partitions may be with the processor at once. @default all */
  readonly concurrency?: number | undefined;
  readonly retry?: RetryOptions | undefined;
}

/**
 * What the buffer and the queue have in common.
 *
 * @example
 * ```ts
 * import type { MachineOptions } from 'samemap/buffer';
 * const bounds: MachineOptions<never> = { maxEntries: 10_000, onFull: 'reject', name: 'metrics' };
 * ```
 */
export interface MachineOptions<Item> extends LiveOptions {
  /** Takes the batches. Without one, `batches()` is read instead. */
  readonly processor?: Processor<Item> | undefined;
  /** How many partitions, from 1 up; fixed while it is open. @default the number of available cores */
  readonly partitions?: number | undefined;
  /** Shown by metrics, and names the journal in `store`. @default 'buffer' */
  readonly name?: string | undefined;
  /** The most changes without outcome, wherever they are, from 1 up. @default 1_000_000 */
  readonly maxEntries?: number | undefined;
  /** The most bytes of them by `sizeOf`. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** What a write does when there is no room: wait for it, or reject with `FULL`. @default 'wait' */
  readonly onFull?: 'wait' | 'reject' | undefined;
  /** Takes what is given up. Without one, nothing is given up: it is kept and tried every `retry.maxMs`. */
  readonly onDeadLetter?: DeadLetterHandler<Item> | undefined;
  /** A store with a sync face: a write is accepted when it is as durable there as the store promises. */
  readonly store?: Store | undefined;
  /** The source of time; for tests. */
  readonly clock?: Clock | undefined;
}

/** The names of {@link MachineOptions}. */
export const MACHINE_OPTIONS: readonly string[] = [
  'processor',
  'partitions',
  'name',
  'maxEntries',
  'maxBytes',
  'onFull',
  'onDeadLetter',
  'store',
  'clock',
  'sizeOf',
];
const LIVE_OPTIONS = ['intervalMs', 'timeoutMs', 'batchSize', 'concurrency', 'retry'];

/** {@link LiveOptions} as they stand; shared by all parts of a buffer, changed in place. */
export interface Live {
  intervalMs: number;
  timeoutMs: number;
  /** `Infinity` for whole tables. */
  batchSize: number;
  concurrency: number;
  attempts: number;
  baseMs: number;
  maxMs: number;
}

/** What a machine is built from. */
export interface Settings {
  readonly name: string;
  readonly partitions: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly onFull: 'wait' | 'reject';
  readonly processor: Processor<unknown> | undefined;
  readonly onDeadLetter: DeadLetterHandler<unknown> | undefined;
  readonly sizeOf: ((...of: unknown[]) => number) | undefined;
  readonly store: Store | undefined;
  readonly clock: Clock;
  readonly live: Live;
}

/**
 * Checks options and fills in what is missing.
 *
 * @throws TypeError or RangeError naming the option
 */
export function settingsOf(what: string, options: object, own: readonly string[]): Settings {
  checkOptions(what, options, [...MACHINE_OPTIONS, ...LIVE_OPTIONS, ...own]);
  // SAFETY: each field is checked before it is used.
  const given = options as MachineOptions<unknown> & { readonly sizeOf?: Settings['sizeOf'] };
  const partitions = checkInteger(
    `${what}: partitions`,
    given.partitions ?? availableParallelism(),
    1,
    65_536,
  );
  const name = given.name ?? 'buffer';
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name)) {
    throw new TypeError(`${what}: name must be 1 to 100 letters, digits, dots or dashes, got ${show(name)}`);
  }
  const live: Live = {
    intervalMs: 5_000,
    timeoutMs: 60_000,
    batchSize: 500,
    concurrency: partitions,
    attempts: 5,
    baseMs: 100,
    maxMs: 30_000,
  };
  Object.assign(live, liveOf(what, pickLive(options)));
  return {
    name,
    partitions,
    maxEntries: countOf(`${what}: maxEntries`, given.maxEntries ?? 1_000_000),
    maxBytes: countOf(`${what}: maxBytes`, given.maxBytes ?? Infinity),
    onFull: oneOf(`${what}: onFull`, given.onFull ?? 'wait', ['wait', 'reject']),
    processor: functionOf(`${what}: processor`, given.processor),
    onDeadLetter: functionOf(`${what}: onDeadLetter`, given.onDeadLetter),
    sizeOf: sizeOf(what, given),
    store: given.store,
    clock: given.clock ?? systemClock(),
    live,
  };
}

/** Checks what is to change while the buffer is open; only what is named is in the answer. */
export function liveOf(what: string, options: object): Partial<Live> {
  checkOptions(what, options, LIVE_OPTIONS);
  // SAFETY: each field is checked before it is used.
  const { intervalMs, timeoutMs, batchSize, concurrency, retry } = options as LiveOptions;
  const named: Partial<Live> = {};
  if (intervalMs !== undefined) named.intervalMs = checkMs(`${what}: intervalMs`, intervalMs, 0);
  if (timeoutMs !== undefined) named.timeoutMs = checkMs(`${what}: timeoutMs`, timeoutMs, 1, Infinity);
  if (batchSize !== undefined) {
    named.batchSize = batchSize === 'table' ? Infinity : checkInteger(`${what}: batchSize`, batchSize, 1);
  }
  if (concurrency !== undefined) named.concurrency = checkInteger(`${what}: concurrency`, concurrency, 1);
  if (retry !== undefined) {
    checkOptions(`${what}: retry`, retry, ['attempts', 'baseMs', 'maxMs']);
    const { attempts, baseMs, maxMs } = retry;
    if (attempts !== undefined) named.attempts = countOf(`${what}: retry.attempts`, attempts);
    if (baseMs !== undefined) named.baseMs = checkMs(`${what}: retry.baseMs`, baseMs, 0);
    if (maxMs !== undefined) named.maxMs = checkMs(`${what}: retry.maxMs`, maxMs, 0);
  }
  return named;
}

function pickLive(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => LIVE_OPTIONS.includes(name)));
}

/** A whole number from 1, or `Infinity`. */
export function countOf(what: string, value: unknown): number {
  return value === Infinity ? Infinity : checkInteger(what, value, 1);
}

/** One of a few words. */
export function oneOf<Word extends string>(what: string, value: unknown, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found === undefined)
    throw new TypeError(`${what} must be ${words.map(show).join(' or ')}, got ${show(value)}`);
  return found;
}

/** A function, or nothing. */
export function functionOf<F>(what: string, value: F): F {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${what} must be a function, got ${show(value)}`);
  }
  return value;
}

function sizeOf(
  what: string,
  given: { readonly maxBytes?: unknown; readonly sizeOf?: Settings['sizeOf'] },
): Settings['sizeOf'] {
  if (given.maxBytes !== undefined && given.maxBytes !== Infinity && given.sizeOf === undefined) {
    throw new TypeError(`${what}: maxBytes needs sizeOf`);
  }
  return functionOf(`${what}: sizeOf`, given.sizeOf);
}

/** What only the buffer is told, checked. */
export interface BufferSettings {
  readonly deletes: Deletes;
  readonly reads: 'current' | 'all';
  readonly merge: Merge | undefined;
  readonly stampLimit: number;
  readonly stampMs: number;
}
