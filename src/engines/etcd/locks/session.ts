import { StoreError } from '../../../base/errors.ts';
import { grantLease, newLeaseId, revokeLease } from '../leases.ts';
import type { Cluster } from '../link/cluster.ts';
import { leaseKeepAlive, txn } from '../protocol/methods.ts';
import { remove } from '../words.ts';

/** The least that etcd grants, in seconds. */
const LEAST_SECONDS = 2;

/** A session counts as lost this part of its time before etcd can have ended it. */
const MARGIN = 0.05;

/** Who lives by a session. */
export interface SessionUser {
  /** The session is lost: nothing that hangs on it can be relied on. */
  lost(reason: StoreError): void;
}

/**
 * A lease that locks hang on, kept alive while somebody lives by it.
 *
 * Time is the machine's, and counts from the *sending* of the last renewal that was answered, so that the
 * session is lost here before etcd can have ended it there.
 */
export class Session {
  readonly id: number = newLeaseId();
  readonly #cluster: Cluster;
  readonly #seconds: number;
  readonly #users = new Set<SessionUser>();
  /** Keys that may come to be though nobody wants them any more. */
  readonly #orphans = new Set<Buffer>();
  /** Until when it is alive, by the monotonic clock. */
  #until = 0;
  #renewing: NodeJS.Timeout | undefined;
  #losing: NodeJS.Timeout | undefined;
  #over: StoreError | undefined;

  /** @param leaseMs - how long others wait after the end of this process */
  constructor(cluster: Cluster, leaseMs: number) {
    this.#cluster = cluster;
    this.#seconds = secondsOf(leaseMs);
  }

  /** `true`: locks may be taken on it. */
  get isFresh(): boolean {
    const left = this.#until - performance.now();
    return this.#over === undefined && this.#orphans.size === 0 && left > this.#seconds * 500;
  }

  /** Why it is over; `undefined` while it is alive. */
  get over(): StoreError | undefined {
    return this.#over;
  }

  /** How many live by it. */
  get users(): number {
    return this.#users.size;
  }

  /** Begins the lease. */
  async begin(): Promise<void> {
    const sentAt = performance.now();
    this.#extend(sentAt, await grantLease(this.#cluster, this.id, this.#seconds));
  }

  add(user: SessionUser): void {
    this.#users.add(user);
    if (this.#users.size > 1) return;
    this.#arm();
    this.#renewing ??= this.#schedule();
  }

  /** Lives no longer by it; a session that nobody lives by ends by itself. */
  remove(user: SessionUser): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    clearTimeout(this.#renewing);
    clearTimeout(this.#losing);
    this.#renewing = undefined;
    if (this.#orphans.size > 0) void this.end().catch(() => undefined);
  }

  /** Removes a key, now or as soon as it can be done; with the session at the latest. */
  async discard(key: Buffer): Promise<void> {
    try {
      await this.#cluster.call(txn, { success: [remove(key)] }, 'again');
    } catch {
      this.orphan(key);
    }
  }

  /** Notes a key that may come to be. */
  orphan(key: Buffer): void {
    this.#orphans.add(key);
    if (this.#users.size === 0) void this.end().catch(() => undefined);
  }

  /** Ends the lease, and with it all that hangs on it. */
  async end(): Promise<void> {
    this.lose(new StoreError('CLOSED', 'the store was closed'));
    await revokeLease(this.#cluster, this.id);
  }

  /** Tells all who live by it that it is lost. */
  lose(reason: StoreError): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    clearTimeout(this.#renewing);
    clearTimeout(this.#losing);
    const users = [...this.#users];
    this.#users.clear();
    for (const user of users) user.lost(reason);
  }

  #extend(sentAt: number, seconds: number): void {
    this.#until = sentAt + seconds * 1_000 * (1 - MARGIN);
    if (this.#users.size > 0) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#losing);
    const left = Math.max(0, this.#until - performance.now());
    this.#losing = setTimeout(
      () => this.lose(new StoreError('LOCK_LOST', 'the lease was not renewed in time')),
      left,
    );
    this.#losing.unref();
  }

  #schedule(): NodeJS.Timeout {
    return setTimeout(() => void this.#renew(), (this.#seconds * 1_000) / 3).unref();
  }

  async #renew(): Promise<void> {
    const sentAt = performance.now();
    const seconds = await this.#keepAlive().catch(() => undefined);
    if (this.#over !== undefined || this.#users.size === 0) return;
    if (seconds === 0) this.lose(new StoreError('LOCK_LOST', 'etcd has ended the lease'));
    else if (seconds === undefined) this.#renewing = setTimeout(() => void this.#renew(), 100).unref();
    else {
      this.#extend(sentAt, seconds);
      this.#renewing = this.#schedule();
      for (const key of this.#orphans)
        await this.#cluster.call(txn, { success: [remove(key)] }, 'again').catch(() => 0);
    }
  }

  /** One renewal; what is left then, in seconds: 0 when the lease is gone, `undefined` when there was no answer. */
  async #keepAlive(): Promise<number | undefined> {
    const { host } = this.#cluster;
    const stream = await this.#cluster.open(leaseKeepAlive, false);
    if (stream === undefined) return undefined;
    const answer = await new Promise<number | undefined>((resolve) => {
      const late = setTimeout(() => resolve(undefined), (this.#seconds * 1_000) / 4).unref();
      const done = (ttl: number | undefined): void => {
        clearTimeout(late);
        resolve(ttl);
      };
      stream.on('data', ({ ttl }) => done(Math.max(0, ttl)));
      stream.on('error', () => done(undefined));
      stream.on('end', () => done(undefined));
      stream.write({ id: this.id });
    });
    stream.cancel();
    if (answer === undefined) this.#cluster.turnFrom(host);
    return answer;
  }
}

/** What etcd is asked for. */
export function secondsOf(leaseMs: number): number {
  return Math.max(LEAST_SECONDS, Math.ceil(leaseMs / 1_000));
}
