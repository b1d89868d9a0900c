import type { Clock } from '../base/clock.ts';
import { StoreError } from '../base/errors.ts';
import type { CallOptions } from '../contract/calls.ts';

/** What a write answers when there is no room for it. */
export const NO_ROOM: unique symbol = Symbol('no room');

interface Waiter {
  /** Tries again; {@link NO_ROOM} to go on waiting. */
  readonly write: () => unknown;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** The bounds of a buffer, and the line of writes that wait for room. */
export class Room {
  /** Changes without outcome, wherever they are. */
  count = 0;
  bytes = 0;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly #clock: Clock;
  readonly #line = new Set<Waiter>();

  constructor(maxEntries: number, maxBytes: number, clock: Clock) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** How many writes wait. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Whether this much more may come in. */
  fits(entries: number, bytes: number): boolean {
    return this.count + entries <= this.maxEntries && (bytes <= 0 || this.bytes + bytes <= this.maxBytes);
  }

  /** Gets in line. An abort or a deadline leaves it with nothing written. */
  wait(write: () => unknown, options: CallOptions | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal, deadlineMs } = options ?? {};
      const leave = (): void => {
        this.#line.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
        cancel?.();
      };
      const waiter: Waiter = {
        write,
        done: (result) => {
          leave();
          resolve(result);
        },
        failed: (error) => {
          leave();
          reject(error as Error);
        },
      };
      const onAbort = (): void => waiter.failed(signal?.reason);
      const onLate = (): void => waiter.failed(new StoreError('TIMEOUT', `no room within ${deadlineMs} ms`));
      const cancel = deadlineMs === undefined ? undefined : this.#clock.after(deadlineMs, onLate, false);
      this.#line.add(waiter);
      signal?.addEventListener('abort', onAbort);
    });
  }

  /** Lets in, in order, those for whom there is room now. */
  admit(): void {
    for (const waiter of this.#line) {
      try {
        const result = waiter.write();
        if (result === NO_ROOM) return;
        waiter.done(result);
      } catch (error) {
        waiter.failed(error);
      }
    }
  }

  /** Sends away all that wait. */
  refuse(error: Error): void {
    for (const waiter of this.#line) waiter.failed(error);
  }
}
