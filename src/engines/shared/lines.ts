import type { CancelTimer } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { LockRequest, SyncGrant } from '../../contract/core.ts';
import type { LockWait } from '../../contract/services.ts';
import { lockTimeout } from '../../parts/keyed-lock.ts';
import { ring } from './bell.ts';
import { type Chores, patiently } from './busy.ts';
import { enter, leaveLine, lockState, type LockState, type Party, release } from './grants.ts';
import { NEXT_GRANT } from './layout.ts';
import { afterMachineMs } from './liveness.ts';
import type { Local } from './local.ts';
import { reap } from './threads.ts';
import { full } from './words.ts';

/** How often who waits looks whether the holder is still there, in milliseconds. */
const LOOK_MS = 25;

/** Somebody of this thread who may stand in a line. */
interface Place {
  readonly map: number;
  readonly key: string;
  readonly party: Party;
}

/** Somebody of this thread who stands in a line. */
interface Waiter extends Place {
  readonly settle: (grant: SyncGrant | undefined, reason: unknown) => void;
}

/** Locks of one thread: those it holds, and those it waits for. */
export class LockLines {
  readonly #local: Local;
  readonly #chores: Chores;
  readonly #waiters = new Set<Waiter>();
  readonly #held = new Set<Grant>();
  /** Those whose first attempt to get into a line met another thread. */
  readonly #entering = new Set<Place>();
  #look: CancelTimer | undefined;
  #closed: StoreError | undefined;

  constructor(local: Local, chores: Chores) {
    this.#local = local;
    this.#chores = chores;
  }

  /** How many of this thread wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes a lock that is free; `undefined` when it is not. */
  tryLock(map: number, key: string, request: LockRequest): SyncGrant | undefined {
    const party = this.#party(request);
    const taken = this.#enter(map, key, party, false);
    return taken.fence === 0 ? undefined : this.#granted(map, key, taken.fence);
  }

  /** Takes a lock, waiting in line. */
  async lock(map: number, key: string, wait: LockWait): Promise<SyncGrant> {
    wait.signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    const party = this.#party(wait);
    const place: Place = { map, key, party };
    this.#entering.add(place);
    try {
      // In one go with what makes the place known here, so that a close finds it.
      return await patiently(() => {
        if (this.#closed !== undefined) throw this.#closed;
        const { fence, state } = this.#enter(map, key, party, wait.waitMs > 0);
        this.#entering.delete(place);
        if (fence !== 0) return this.#granted(map, key, fence);
        if (wait.waitMs <= 0) throw this.#timeout(key, state, wait.waitMs);
        return this.#wait(map, key, party, wait);
      });
    } finally {
      this.#entering.delete(place);
    }
  }

  /** Lets go, and wakes who is next. */
  release(map: number, key: string, fence: number): void {
    this.#chores.persist(() => {
      const owner = release(this.#local, map, key, fence);
      if (owner === this.#local.m.me) queueMicrotask(() => this.look());
      else if (owner !== 0) ring(this.#local.m, owner);
    });
  }

  /** Lets go of a lock that a commit was told to release. */
  letGo(map: number, key: string, fence: number): void {
    for (const grant of this.#held) if (grant.fence === fence) this.#held.delete(grant);
    this.release(map, key, fence);
  }

  /** Forgets a grant that was let go. */
  forget(grant: Grant): void {
    this.#held.delete(grant);
  }

  /** Looks whether a lock was granted to somebody of this thread. */
  look(): void {
    for (const waiter of this.#waiters) this.#attend(waiter, () => this.#lookAt(waiter));
  }

  /** Takes every lock from its holder and refuses all who wait, and who come later. */
  close(): void {
    const reason = (this.#closed ??= new StoreError('CLOSED', 'the store was closed'));
    for (const place of this.#entering) this.#quit(place);
    for (const waiter of this.#waiters) {
      this.#quit(waiter);
      waiter.settle(undefined, reason);
    }
    for (const grant of this.#held) {
      this.release(grant.map, grant.key, grant.fence);
      grant.lose(reason);
    }
    this.#held.clear();
    this.#look?.();
  }

  /** Leaves the line, or lets go of what was granted meanwhile. */
  #quit({ map, key, party }: Place): void {
    this.#chores.persist(() => {
      if (leaveLine(this.#local, map, key, party.id)) return;
      this.release(map, key, lockState(this.#local, map, key)?.fence ?? 0);
    });
  }

  #party({ label }: LockRequest): Party {
    if (this.#closed !== undefined) throw this.#closed;
    const { m } = this.#local;
    return { owner: m.me, id: Atomics.add(m.words, NEXT_GRANT, 1), label };
  }

  #enter(
    map: number,
    key: string,
    party: Party,
    wait: boolean,
  ): { fence: number; state: LockState | undefined } {
    let taken = enter(this.#local, map, key, party, wait);
    const holder = taken?.state?.holder.owner;
    if (holder !== undefined && holder !== party.owner && this.#local.m.waiting.gone(holder)) {
      if (wait) leaveLine(this.#local, map, key, party.id);
      reap(this.#local);
      taken = enter(this.#local, map, key, party, wait);
    }
    if (taken === undefined) throw full(this.#local);
    return taken;
  }

  #granted(map: number, key: string, fence: number): Grant {
    const grant = new Grant(this, map, key, fence);
    this.#held.add(grant);
    return grant;
  }

  #wait(map: number, key: string, party: Party, { waitMs, signal }: LockWait): Promise<SyncGrant> {
    const { clock } = this.#local;
    return new Promise((resolve, reject) => {
      let cancel: CancelTimer | undefined;
      const waiter: Waiter = {
        map,
        key,
        party,
        settle: (grant, reason) => {
          this.#waiters.delete(waiter);
          cancel?.();
          signal?.removeEventListener('abort', onAbort);
          if (grant !== undefined) resolve(grant);
          else reject(reason as Error);
        },
      };
      /** Leaves the line, unless it was this one's turn. */
      const giveUp = (reason: () => unknown): void =>
        this.#attend(waiter, () => {
          if (!this.#waiters.has(waiter)) return;
          if (leaveLine(this.#local, map, key, party.id)) waiter.settle(undefined, reason());
          else this.#lookAt(waiter);
        });
      const onAbort = (): void => giveUp(() => signal?.reason);
      signal?.addEventListener('abort', onAbort);
      if (waitMs !== Infinity) {
        cancel = clock.after(
          waitMs,
          () => giveUp(() => this.#timeout(key, lockState(this.#local, map, key), waitMs)),
          false,
        );
      }
      this.#waiters.add(waiter);
      this.#armLook();
    });
  }

  /** Does something for who waits, and tells him if it cannot be done. */
  #attend(waiter: Waiter, run: () => void): void {
    this.#chores.persist(run, (error) => waiter.settle(undefined, error));
  }

  #lookAt(waiter: Waiter): void {
    if (!this.#waiters.has(waiter)) return;
    const { map, key, party } = waiter;
    const state = lockState(this.#local, map, key);
    if (state?.holder.owner === party.owner && state.holder.id === party.id) {
      waiter.settle(this.#granted(map, key, state.fence), undefined);
      return;
    }
    if (state?.waiters.some(({ owner, id }) => owner === party.owner && id === party.id)) return;
    // There was no room for the line when the lock passed on: back to its end.
    const { fence } = this.#enter(map, key, party, true);
    if (fence !== 0) waiter.settle(this.#granted(map, key, fence), undefined);
  }

  /** Looks now and then whether holders are gone, as long as somebody waits. */
  #armLook(): void {
    this.#look ??= afterMachineMs(LOOK_MS, () => {
      this.#look = undefined;
      if (this.#waiters.size === 0) return;
      this.#chores.persist(() => reap(this.#local));
      this.look();
      if (this.#waiters.size > 0) this.#armLook();
    });
  }

  #timeout(key: string, state: LockState | undefined, waitMs: number): StoreError {
    const ageMs = state === undefined ? 0 : this.#local.clock.now() - state.since;
    return lockTimeout(key, state?.holder.label, ageMs, state?.waiters.length ?? 0, waitMs);
  }
}

/** A lock that this thread holds. */
class Grant implements SyncGrant {
  readonly fence: number;
  readonly map: number;
  readonly key: string;
  readonly #lines: LockLines;
  #reason: Error | undefined;
  #listeners: ((reason: Error) => void)[] | undefined;

  constructor(lines: LockLines, map: number, key: string, fence: number) {
    this.#lines = lines;
    this.map = map;
    this.key = key;
    this.fence = fence;
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
    if (this.#reason !== undefined) return;
    this.#lines.forget(this);
    this.#lines.release(this.map, this.key, this.fence);
  }

  /** Tells whoever listens, each in a microtask of its own. */
  lose(reason: Error): void {
    this.#reason = reason;
    for (const listener of this.#listeners ?? []) queueMicrotask(() => listener(reason));
    this.#listeners = undefined;
  }
}
