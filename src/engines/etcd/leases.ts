import { randomBytes } from 'node:crypto';
import type { CancelTimer, Clock } from '../../base/clock.ts';
import type { Cluster } from './link/cluster.ts';
import { isRefused } from './link/errors.ts';
import { leaseGrant, leaseRevoke } from './protocol/methods.ts';

/** Up to which time to live entries share a lease with those that end within so many milliseconds. */
const WIDTHS: readonly (readonly [ttlMs: number, widthMs: number])[] = [
  [16_000, 1_000],
  [32_000, 2_000],
  [64_000, 4_000],
  [128_000, 8_000],
  [256_000, 16_000],
  [4_096_000, 32_000],
];

/** Beyond the table: this part of the time to live. */
const WIDEST_PART = 128;

/** The least time between a write and the end of its lease, so that the lease is there when the write comes. */
const LEAST_MS = 500;

/** What etcd is told beyond the end, in milliseconds: while this process lives, it ends leases itself. */
export const GRACE_MS = 2_000;

/** Entries that end at about the same time, and the lease they hang on. */
interface Bucket {
  readonly granted: Promise<number>;
  cancel: CancelTimer;
}

/**
 * The leases that entries with a time to live hang on. Entries that end at about the same time share one. It is
 * ended by this process when the last of them has expired, and by etcd should this process be gone by
 * then. Readers go by `expiresAt`; leases only collect.
 */
export class Leases {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #buckets = new Map<string, Bucket>();
  /** Leases end in the order of their times. */
  #ending: Promise<void> = Promise.resolve();

  /** @param graceMs - how long after the end etcd ends a lease whose process is gone */
  constructor(cluster: Cluster, clock: Clock, graceMs: number = GRACE_MS) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  /** How many leases there are for entries of this process. */
  get size(): number {
    return this.#buckets.size;
  }

  /** A lease that does not end before this time, in milliseconds since the epoch. */
  leaseFor(expiresAt: number): Promise<number> {
    const now = this.#clock.now();
    const widthMs = widthOf(expiresAt - now);
    const endsAt = Math.ceil(Math.max(expiresAt, now + LEAST_MS) / widthMs) * widthMs;
    const name = `${endsAt}/${widthMs}`;
    const known = this.#buckets.get(name);
    if (known !== undefined) return known.granted;
    const id = newLeaseId();
    const bucket: Bucket = {
      granted: this.#grant(id, Math.ceil((endsAt - now + this.#graceMs) / 1_000)),
      cancel: this.#clock.after(endsAt - now, () => this.#end(name, bucket), true),
    };
    this.#buckets.set(name, bucket);
    bucket.granted.catch(() => this.#forget(name, bucket));
    return bucket.granted;
  }

  /** Forgets a lease that etcd does not know any more. */
  async lost(id: number): Promise<void> {
    for (const [name, bucket] of this.#buckets)
      if ((await bucket.granted.catch(() => 0)) === id) this.#forget(name, bucket);
  }

  /** Resolves when all leases whose time has come have been ended. */
  ended(): Promise<void> {
    return this.#ending;
  }

  close(): void {
    for (const [name, bucket] of this.#buckets) this.#forget(name, bucket);
  }

  async #grant(id: number, ttl: number): Promise<number> {
    await grantLease(this.#cluster, id, ttl);
    return id;
  }

  #end(name: string, bucket: Bucket): void {
    this.#buckets.delete(name);
    this.#ending = this.#ending.then(async () => {
      try {
        await revokeLease(this.#cluster, await bucket.granted);
      } catch {
        // Then etcd ends it by itself.
      }
    });
  }

  #forget(name: string, bucket: Bucket): void {
    bucket.cancel();
    if (this.#buckets.get(name) === bucket) this.#buckets.delete(name);
  }
}

/** How far apart the ends of entries may be that share a lease. */
export function widthOf(ttlMs: number): number {
  for (const [upTo, widthMs] of WIDTHS) if (ttlMs <= upTo) return widthMs;
  return Math.ceil(ttlMs / WIDEST_PART / 32_000) * 32_000;
}

/** The number of a lease: never used before. */
export function newLeaseId(): number {
  return randomBytes(6).readUIntBE(0, 6) + 1;
}

/** Begins a lease; what etcd granted, in seconds. */
export async function grantLease(cluster: Cluster, id: number, seconds: number): Promise<number> {
  try {
    const { ttl } = await cluster.call(leaseGrant, { id, ttl: seconds }, 'again');
    return ttl;
  } catch (error) {
    // The answer to an earlier try was lost.
    if (isRefused(error, 'lease-exists')) return seconds;
    throw error;
  }
}

/** Ends a lease, and removes what hangs on it. */
export async function revokeLease(cluster: Cluster, id: number): Promise<void> {
  try {
    await cluster.call(leaseRevoke, { id }, 'again');
  } catch (error) {
    if (!isRefused(error, 'lease-gone')) throw error;
  }
}
