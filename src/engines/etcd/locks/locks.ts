import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { StoreError } from '../../../base/errors.ts';
import type { FenceGuard, LockRequest } from '../../../contract/core.ts';
import type { LockInfo, LockWait } from '../../../contract/services.ts';
import { rangeOf } from '../answer.ts';
import type { Layout } from '../layout.ts';
import { Lines } from '../lines.ts';
import { isRefused } from '../link/errors.ts';
import { range, txn } from '../protocol/methods.ts';
import type { KeyValue } from '../protocol/responses.ts';
import type { Table } from '../tables.ts';
import { empty, put, read } from '../words.ts';
import type { LocksContext } from './context.ts';
import { Grant } from './grant.ts';
import { readNote, timeout, writeNote } from './line.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { Waiting } from './waiting.ts';

/** The locks of a store, across the cluster; docs/formats/etcd.md tells how they lie. */
export class Locks {
  readonly #context: LocksContext;
  readonly #sessions: Sessions;
  readonly #lines = new Lines();
  readonly #held = new Map<string, Grant>();
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  constructor(context: LocksContext) {
    this.#context = context;
    this.#sessions = new Sessions(context.cluster);
  }

  /** Locks that this process holds. */
  get held(): number {
    return this.#held.size;
  }

  /** Locks that this process waits for. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Leases that locks hang on. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** The lock of a guard, if this process holds it. */
  find({ map, key, fence }: FenceGuard): Grant | undefined {
    return this.#held.get(`${map}/${fence}/${key}`);
  }

  /** A commit let it go. */
  released(guard: FenceGuard): void {
    this.find(guard)?.released();
  }

  /** Takes the lock if nobody has it and nobody waits. */
  async tryLock(table: Table, key: string, request: LockRequest): Promise<Grant | undefined> {
    for (;;) {
      this.#checkOpen();
      const session = await this.#sessions.take(request.leaseMs);
      const holderKey = this.#newHolder(table, key);
      const note = writeNote({ label: request.label, since: this.#context.clock.now() });
      const line = this.#context.layout.line(table.name, key);
      try {
        const answer = await this.#context.cluster.call(
          txn,
          { compare: [empty(line)], success: [put(holderKey, note, session.id)], failure: [read(holderKey)] },
          'again',
        );
        // A first try whose answer was lost may have taken it.
        const fence = answer.succeeded
          ? answer.header?.revision
          : rangeOf(answer.responses[0])[0]?.modRevision;
        return fence === undefined ? undefined : this.grant(table, key, session, holderKey, fence);
      } catch (error) {
        if (isRefused(error, 'lease-gone'))
          session.lose(new StoreError('LOCK_LOST', 'etcd has ended the lease'));
        else {
          session.orphan(holderKey);
          throw error;
        }
      }
    }
  }

  /** Takes the lock, in line. */
  async lock(table: Table, key: string, wait: LockWait): Promise<Grant> {
    if (wait.signal?.aborted) throw wait.signal.reason;
    if (wait.waitMs === 0) {
      const { cluster, clock, layout } = this.#context;
      const grant = await this.tryLock(table, key, wait);
      if (grant !== undefined) return grant;
      const late = await timeout(cluster, clock, layout.line(table.name, key), key, 0, undefined);
      throw late ?? new StoreError('TIMEOUT', `lock ${JSON.stringify(key)}: waited 0 ms`);
    }
    this.#checkOpen();
    const waiting = new Waiting(this.#context, table, key, wait);
    this.#waiting.add(waiting);
    try {
      for (;;) {
        const holderKey = this.#newHolder(table, key);
        // Who asked first in this process stands first.
        const place = await this.#lines.run(`${table.id}/${key}`, async () => {
          const session = await waiting.during(this.#sessions.take(wait.leaseMs));
          return await waiting.enter(session, holderKey);
        });
        const fence = await place?.wait();
        if (place !== undefined && fence !== undefined)
          return this.grant(table, key, place.session, holderKey, fence);
      }
    } finally {
      this.#waiting.delete(waiting);
      waiting.end();
    }
  }

  /** Notes that a lock is held. */
  grant(table: Table, key: string, session: Session, holderKey: Buffer, fence: number): Grant {
    const name = `${table.id}/${fence}/${key}`;
    const grant = new Grant(session, holderKey, fence, () => this.#held.delete(name));
    this.#held.set(name, grant);
    const reason = this.#closed ? new StoreError('CLOSED', 'the store was closed') : session.over;
    if (reason !== undefined) grant.lost(reason);
    return grant;
  }

  /** Who holds which lock, across the cluster. */
  async list(): Promise<LockInfo[]> {
    const { cluster, layout, clock } = this.#context;
    const { key, end } = layout.locks;
    const { kvs } = await cluster.call(range, { key, rangeEnd: end }, 'read');
    const lines = new Map<string, KeyValue[]>();
    for (const kv of kvs) {
      const name = kv.key.toString('latin1', 0, kv.key.lastIndexOf(0xfe));
      const line = lines.get(name);
      if (line === undefined) lines.set(name, [kv]);
      else line.push(kv);
    }
    return [...lines.values()].map((line) => infoOf(line, layout, clock));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const reason = new StoreError('CLOSED', 'the store was closed');
    for (const waiting of this.#waiting) waiting.fail(reason);
    await this.#sessions.close();
  }

  #newHolder(table: Table, key: string): Buffer {
    return this.#context.layout.holder(table.name, key, randomBytes(12).toString('hex'));
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('CLOSED', 'the store was closed');
  }
}

function infoOf(line: readonly KeyValue[], layout: Layout, clock: Clock): LockInfo {
  const head = line.reduce((first, other) => (other.createRevision < first.createRevision ? other : first));
  const { name, key } = layout.lockOf(head.key);
  const { label, since } = readNote(head.value);
  return {
    map: name,
    key,
    fence: head.modRevision,
    label,
    ageMs: Math.max(0, Math.round(clock.now() - since)),
    waiters: line.length - 1,
  };
}
