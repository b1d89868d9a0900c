/**
 * Faults. Three families leave this library, and each has one form:
 *
 * - an *outcome* is a value: a condition that did not hold, a busy `tryLock`;
 * - a *mistake* is a `TypeError` or `RangeError`: the program is wrong, nobody catches it;
 * - a *fault* is a {@link StoreError}: the world is wrong, and `code` says what the caller can do.
 *
 * Codes are stable, messages are not.
 */

/**
 * One row of the error table: whether calling again can help, and what the caller should do.
 *
 * @example
 * ```ts
 * import { ERROR_TABLE, type ErrorAdvice } from 'samemap';
 * const { retryable, advice }: ErrorAdvice = ERROR_TABLE.CONFLICT;
 * ```
 */
export interface ErrorAdvice {
  /** `true` when the same call, repeated as it is, can succeed; `false` when it would have to be another call. */
  readonly retryable: boolean;
  /** What to do, in one sentence. */
  readonly advice: string;
}

/**
 * The stable codes of {@link StoreError}; docs/contract.md and {@link ERROR_TABLE} say what to do about each.
 *
 * @example
 * ```ts
 * import { StoreError, type ErrorCode } from 'samemap';
 * const has = (error: unknown, code: ErrorCode) => error instanceof StoreError && error.code === code;
 * ```
 */
export type ErrorCode =
  | 'CLOSED'
  | 'TIMEOUT'
  | 'CONFLICT'
  | 'LOCK_LOST'
  | 'UNSUPPORTED'
  | 'LIMIT'
  | 'FULL'
  | 'IN_USE'
  | 'DENIED'
  | 'UNAVAILABLE'
  | 'UNKNOWN_OUTCOME'
  | 'CODEC'
  | 'INVALID_VALUE'
  | 'CORRUPT'
  | 'FORMAT'
  | 'IO'
  | 'POISONED';

/**
 * What each code means to the caller; the only place where a code is classified.
 *
 * @example
 * ```ts
 * import { ERROR_TABLE, StoreError } from 'samemap';
 * const advise = (error: unknown) => (error instanceof StoreError ? ERROR_TABLE[error.code].advice : undefined);
 * ```
 */
export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorAdvice>> = {
  CLOSED: { retryable: false, advice: 'The store, map, watch or lock was closed: open it again.' },
  TIMEOUT: {
    retryable: true,
    advice: 'The time given ran out and nothing was changed: wait longer or give up.',
  },
  CONFLICT: {
    retryable: false,
    advice: 'What stands is not what the call was made for: read again, decide again, write again.',
  },
  LOCK_LOST: { retryable: false, advice: 'The lock passed to somebody else: take it again and start over.' },
  UNSUPPORTED: { retryable: false, advice: 'This engine cannot do that: look at `supports` first.' },
  LIMIT: { retryable: false, advice: 'A documented bound was exceeded: split or shrink what you send.' },
  FULL: { retryable: true, advice: 'No room is left and nothing was changed: free or add space.' },
  IN_USE: { retryable: true, advice: 'Another holder has it: wait (`waitMs`) or stop the other.' },
  DENIED: { retryable: false, advice: 'The credentials or permissions do not allow it: fix them.' },
  UNAVAILABLE: {
    retryable: true,
    advice: 'The other side cannot be reached and nothing was changed: try later.',
  },
  UNKNOWN_OUTCOME: {
    retryable: false,
    advice: 'The change may or may not have happened: read before you repeat it.',
  },
  CODEC: {
    retryable: false,
    advice: 'The value cannot be encoded or decoded as it is: change it or the codec.',
  },
  INVALID_VALUE: { retryable: false, advice: 'The value breaks the rules of its map: mend the value.' },
  CORRUPT: { retryable: false, advice: 'Stored bytes are damaged: verify, salvage or restore a snapshot.' },
  FORMAT: { retryable: false, advice: 'Stored by another codec, shape or release: open it with that one.' },
  IO: { retryable: true, advice: 'The disk or the system refused and nothing was changed: look at `cause`.' },
  POISONED: {
    retryable: false,
    advice: 'An earlier failure made the state uncertain: close and open again.',
  },
};

/**
 * A fault: something outside the caller's program went wrong. Every fault that leaves the library is one;
 * errors of others are its `cause`.
 *
 * @example
 * ```ts
 * import { open, StoreError } from 'samemap';
 * const store = await open('memory:');
 * const users = store.map<string>('users');
 * await store.close();
 * try {
 *   await users.get('ada');
 * } catch (error) {
 *   if (!(error instanceof StoreError) || error.code !== 'CLOSED') throw error;
 * }
 * ```
 */
export class StoreError extends Error {
  /** Which fault it is; see {@link ERROR_TABLE} for what to do about it. */
  readonly code: ErrorCode;

  /**
   * @param code - which fault it is
   * @param message - what happened, naming the thing and the limit
   * @param options - `cause`: the foreign error behind it
   */
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return 'StoreError';
  }

  /** `true` when the same call, repeated as it is, can succeed; {@link ERROR_TABLE} says when. */
  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable;
  }
}
