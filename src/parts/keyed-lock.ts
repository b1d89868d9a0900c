import type { CancelTimer, Clock } from '../base/clock.ts';
import { StoreError } from '../base/errors.ts';
import type { LockRequest, SyncGrant } from '../contract/core.ts';
import type { LockInfo, LockWait } from '../contract/services.ts';

/** Somebody who waits for a lock: linked, so that leaving from the middle is cheap. */
interface Waiter {
  readonly request: LockRequest;
  readonly grant: (lock: Grant) => void;
  readonly refuse: (reason: unknown) => void;
  before: Waiter | undefined;
  behind: Waiter | undefined;
}

/** A lock that is held, and the line behind it. */
class Grant implements SyncGrant {
  readonly fence: number;
  readonly map: number;
  readonly key: string;
  readonly request: LockRequest;
  readonly since: number;
  first: Waiter | undefined;
  last: Waiter | undefined;
  waiters = 0;
  #locks: KeyedLocks;
  #reason: Error | undefined;
  #listeners: ((reason: Error) => void)[] | undefined;

  constructor(
    locks: KeyedLocks,
    map: number,
    key: string,
    request: LockRequest,
    fence: number,
    since: number,
  ) {
    this.#locks = locks;
    this.map = map;
    this.key = key;
    this.request = request;
    this.fence = fence;
    this.since = since;
  }

  lost(): Error | undefined {
    return this.#reason;
  }

  onLost(listener: (reason: Error) => void): void {
    if (this.#reason !== undefined) listener(this.#reason);
    else (this.#listeners ??= []).push(listener);
  }

  release(): void {
    this.#listeners = undefined;
    this.#locks.release(this.map, this.key, this.fence);
  }

  /** Tells whoever listens, each in a microtask of its own. */
  lose(reason: Error): void {
    this.#reason = reason;
    for (const listener of this.#listeners ?? []) queueMicrotask(() => listener(reason));
    this.#listeners = undefined;
  }
}

/**
 * Locks by map and key within one process: first come, first served. A lock passes from its holder
 * to the first who waits in one step, so that it is never free while somebody waits. Nothing is
 * kept about a key that nobody holds.
 *
 * @example
 * ```ts
 * import { KeyedLocks, systemClock } from 'samemap/engine';
 * let version = 0;
 * const locks = new KeyedLocks(systemClock(), () => ++version);
 * const grant = locks.tryLock(1, 'a', { label: undefined, leaseMs: 10_000 });
 * console.log(grant?.fence); // 1
 * grant?.release();
 * locks.close();
 * ```
 */
export class KeyedLocks {
  readonly #clock: Clock;
  readonly #nextFence: () => number;
  /** Who holds what, by map. */
  readonly #held: (Map<string, Grant> | undefined)[] = [];
  #closed: StoreError | undefined;

  /** @param nextFence - takes a number higher than all before it; when it throws, the lock is not granted */
  constructor(clock: Clock, nextFence: () => number) {
    this.#clock = clock;
    this.#nextFence = nextFence;
  }

  /** Locks that are held. */
  get size(): number {
    return this.#held.reduce((sum, grants) => sum + (grants?.size ?? 0), 0);
  }

  /** How many wait. */
  get waiters(): number {
    return this.#grants().reduce((sum, { waiters }) => sum + waiters, 0);
  }

  /** Takes a lock that is free; `undefined` when it is not. */
  tryLock(map: number, key: string, request: LockRequest): SyncGrant | undefined {
    if (this.#closed !== undefined) throw this.#closed;
    return this.#held[map]?.has(key) ? undefined : this.#grant(map, key, request);
  }

  /** Takes a lock, waiting in line. */
  async lock(map: number, key: string, wait: LockWait): Promise<SyncGrant> {
    wait.signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    const holder = this.#held[map]?.get(key);
    return holder === undefined ? this.#grant(map, key, wait) : this.#wait(holder, wait);
  }

  /** `true` while the lock with this fence is held. */
  holds(map: number, key: string, fence: number): boolean {
    return this.#held[map]?.get(key)?.fence === fence;
  }

  /** Lets go of the lock with this fence, if it is held, and grants it to the first who waits. */
  release(map: number, key: string, fence: number): void {
    const grants = this.#held[map];
    const grant = grants?.get(key);
    if (grants === undefined || grant?.fence !== fence) return;
    grants.delete(key);
    for (let next = grant.first; next !== undefined; next = grant.first) {
      leave(grant, next);
      let heir: Grant;
      try {
        heir = this.#grant(map, key, next.request);
      } catch (error) {
        next.refuse(error);
        continue;
      }
      heir.first = grant.first;
      heir.last = grant.last;
      heir.waiters = grant.waiters;
      next.grant(heir);
      return;
    }
  }

  /** Who holds what. */
  list(nameOf: (map: number) => string): LockInfo[] {
    const now = this.#clock.now();
    return this.#grants().map(({ map, key, fence, request, since, waiters }) => ({
      map: nameOf(map),
      key,
      fence,
      label: request.label,
      ageMs: now - since,
      waiters,
    }));
  }

  /** Takes every lock from its holder and refuses all who wait, and who come later. */
  close(): void {
    const reason = (this.#closed ??= new StoreError('CLOSED', 'the store was closed'));
    const grants = this.#grants();
    this.#held.length = 0;
    for (const grant of grants) {
      grant.lose(reason);
      for (let next = grant.first; next !== undefined; next = grant.first) {
        leave(grant, next);
        next.refuse(reason);
      }
    }
  }

  #grants(): Grant[] {
    return this.#held.flatMap((grants) => (grants === undefined ? [] : Array.from(grants.values())));
  }

  #grant(map: number, key: string, request: LockRequest): Grant {
    const grant = new Grant(this, map, key, request, this.#nextFence(), this.#clock.now());
    (this.#held[map] ??= new Map()).set(key, grant);
    return grant;
  }

  #wait(holder: Grant, { waitMs, signal, ...request }: LockWait): Promise<SyncGrant> {
    if (waitMs <= 0) return Promise.reject(this.#timeout(holder, waitMs));
    const { map, key } = holder;
    return new Promise((resolve, reject) => {
      let cancel: CancelTimer | undefined;
      const settle = (): void => {
        cancel?.();
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        request,
        grant: (lock) => {
          settle();
          resolve(lock);
        },
        refuse: (reason) => {
          settle();
          reject(reason as Error);
        },
        before: undefined,
        behind: undefined,
      };
      /** Leaves the line, behind whoever holds the lock now. */
      const giveUp = (reason: (current: Grant) => unknown): void => {
        const current = this.#held[map]?.get(key) as Grant;
        leave(current, waiter);
        waiter.refuse(reason(current));
      };
      const onAbort = (): void => giveUp(() => signal?.reason);
      enter(holder, waiter);
      signal?.addEventListener('abort', onAbort);
      if (waitMs !== Infinity) {
        cancel = this.#clock.after(waitMs, () => giveUp((current) => this.#timeout(current, waitMs)), false);
      }
    });
  }

  #timeout({ key, request, since, waiters }: Grant, waitMs: number): StoreError {
    return lockTimeout(key, request.label, this.#clock.now() - since, waiters, waitMs);
  }
}

/** What is said to those who waited too long: for what, who has it and since when, and who else waits. */
export function lockTimeout(
  key: string,
  label: string | undefined,
  ageMs: number,
  waiters: number,
  waitMs: number,
): StoreError {
  const holder = label === undefined ? 'a holder without label' : JSON.stringify(label);
  const others = waiters === 0 ? 'nobody else waits' : `${waiters} more ${waiters === 1 ? 'waits' : 'wait'}`;
  return new StoreError(
    'TIMEOUT',
    `lock ${JSON.stringify(key)}: waited ${waitMs} ms; held by ${holder} for ${Math.round(ageMs)} ms; ${others}`,
  );
}

function enter(grant: Grant, waiter: Waiter): void {
  waiter.before = grant.last;
  if (grant.last === undefined) grant.first = waiter;
  else grant.last.behind = waiter;
  grant.last = waiter;
  grant.waiters++;
}

function leave(grant: Grant, waiter: Waiter): void {
  if (waiter.before === undefined) grant.first = waiter.behind;
  else waiter.before.behind = waiter.behind;
  if (waiter.behind === undefined) grant.last = waiter.before;
  else waiter.behind.before = waiter.before;
  waiter.before = waiter.behind = undefined;
  grant.waiters--;
}
