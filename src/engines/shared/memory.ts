import { StoreError } from '../../base/errors.ts';
import { MAX_KEY_BYTES } from '../../contract/limits.ts';
import {
  BIRTH_BITS,
  CHUNK_BITS,
  FORMAT,
  FORMAT_VALUE,
  type Layout,
  layoutOf,
  MAGIC,
  MAGIC_VALUE,
  OWNER_MASK,
  type Plan,
  READY,
  RING_BITS,
  SEED_A,
  STRIPE_BITS,
  T_HEARTBEAT,
  THREAD_LIMIT,
  THREAD_WORDS,
  TOTAL_WORDS,
} from './layout.ts';

/** What a thread does when it cannot go on, told apart from the memory so that a test can decide over it. */
export interface Waiting {
  /** How often a lock is looked at, each time after a longer pause, before the thread naps or sleeps. */
  readonly looks: number;
  /** How often it naps before it sleeps. */
  readonly naps: number;
  /**
   * Sleeps for a moment while a word has a value, so that who holds what is waited for gets on with it and need wake
   * nobody. `naps`: how often it did for this already.
   */
  readonly nap: (word: number, value: number, naps: number) => void;
  /** Sleeps while a word has a value, for a short time at most. `rounds`: how often it slept for this already. */
  readonly park: (word: number, value: number, rounds: number) => void;
  /** `true` when the thread with this number is gone for good. */
  readonly gone: (owner: number) => boolean;
  /** `true` when a wait for a stripe has lasted longer than this thread may be blocked. */
  readonly tooLong: (rounds: number) => boolean;
  /** `true` when a wait has lasted so long that nobody can be holding what is waited for. */
  readonly hopeless: (rounds: number) => boolean;
}

/**
 * The shared buffer as one thread sees it, and what that thread works with.
 *
 * INVARIANT: what lies in the buffer may have been written by anybody. A number read from it is checked before it
 * bounds a loop or becomes an address that is written.
 */
export interface Memory {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly layout: Layout;
  /** Number of this thread: place of its record, plus one. 0 before it joined. */
  me: number;
  readonly waiting: Waiting;
  /** `true`: waits for a stripe as long as it takes. */
  patient: boolean;
  /** Repairs what a thread that is gone left behind; set when everything is put together. */
  recover: (owner: number) => void;
  /** The key that is being looked for: its UTF-8 bytes, padded with zeros, and what they hash to. */
  readonly key: Int32Array;
  readonly keyBytes: Uint8Array;
  keyLength: number;
  hash: number;
}

/** Bytes that a buffer has at least and at most. */
export const LEAST_BYTES: number = 2 ** 20;
export const MOST_BYTES: number = 2 ** 32 - 2 ** 16;

/** Looks at a buffer through a layout. */
export function memoryOver(buffer: SharedArrayBuffer, layout: Layout, waiting: Waiting): Memory {
  const keyBytes = new Uint8Array(MAX_KEY_BYTES + 8);
  return {
    words: new Int32Array(buffer, 0, layout.totalWords),
    bytes: new Uint8Array(buffer, 0, layout.totalWords * 4),
    layout,
    me: 0,
    waiting,
    patient: false,
    recover: () => undefined,
    key: new Int32Array(keyBytes.buffer),
    keyBytes,
    keyLength: 0,
    hash: 0,
  };
}

/** Makes a buffer and writes what everybody must know of it. */
export function newBuffer(plan: Plan): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(plan.totalWords * 4);
  const words = new Int32Array(buffer);
  words[FORMAT] = FORMAT_VALUE;
  words[TOTAL_WORDS] = plan.totalWords;
  words[STRIPE_BITS] = plan.stripeBits;
  words[CHUNK_BITS] = plan.chunkBits;
  words[THREAD_LIMIT] = plan.threads;
  words[RING_BITS] = plan.ringBits;
  words[BIRTH_BITS] = plan.birthBits;
  words.set(crypto.getRandomValues(new Int32Array(2)), SEED_A);
  words[MAGIC] = MAGIC_VALUE;
  return buffer;
}

/**
 * The layout of a buffer that somebody else made.
 *
 * @throws StoreError `FORMAT` for one of another release, `CORRUPT` when its numbers are wrong
 */
export function layoutIn(buffer: SharedArrayBuffer): Layout {
  const words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  if (words[MAGIC] !== MAGIC_VALUE) throw new StoreError('CORRUPT', 'attach: the buffer holds no store');
  if (words[FORMAT] !== FORMAT_VALUE) {
    throw new StoreError('FORMAT', `attach: the layout of the buffer has the number ${words[FORMAT]}`);
  }
  const plan = {
    totalWords: words[TOTAL_WORDS] as number,
    stripeBits: words[STRIPE_BITS] as number,
    chunkBits: words[CHUNK_BITS] as number,
    threads: words[THREAD_LIMIT] as number,
    ringBits: words[RING_BITS] as number,
    birthBits: words[BIRTH_BITS] as number,
  };
  const inside =
    plan.totalWords === words.length &&
    within(plan.stripeBits, 3, 10) &&
    within(plan.chunkBits, 10, 12) &&
    within(plan.threads, 1, OWNER_MASK - 1) &&
    within(plan.ringBits, 10, 28) &&
    within(plan.birthBits, 8, 20);
  const layout = inside ? layoutOf(plan) : undefined;
  if (layout === undefined || layout.chunks < 1) {
    throw new StoreError('CORRUPT', 'attach: the numbers of the layout are damaged');
  }
  if (Atomics.load(words, READY) !== 1) {
    throw new StoreError('CORRUPT', 'attach: the buffer was not made ready');
  }
  return layout;
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** Where the record of a thread lies. */
export function threadAt(m: Memory, owner: number): number {
  const { threads } = m.layout;
  if (owner < 1 || owner > threads) throw damaged(`a thread with the number ${owner}`);
  return m.layout.threadsAt + (owner - 1) * THREAD_WORDS;
}

/** Says that this thread lives, for others that cannot ask the system. */
export function beat(m: Memory): void {
  if (m.me > 0) Atomics.add(m.words, threadAt(m, m.me) + T_HEARTBEAT, 1);
}

/** A fault found in the buffer. */
export function damaged(what: string): StoreError {
  return new StoreError('CORRUPT', `the shared buffer is damaged: ${what}`);
}
