import type { CancelTimer } from '../../../base/clock.ts';
import { deferred } from '../../../base/deferred.ts';
import { StoreError } from '../../../base/errors.ts';
import type { LockWait } from '../../../contract/services.ts';
import { rangeOf, revisionOf } from '../answer.ts';
import type { ByteRange } from '../layout.ts';
import { isRefused } from '../link/errors.ts';
import { range, txn } from '../protocol/methods.ts';
import type { KeyValue } from '../protocol/responses.ts';
import type { Table } from '../tables.ts';
import { exists, newestFirst, put, readRange } from '../words.ts';
import type { LocksContext } from './context.ts';
import { predecessor, timeout, writeNote } from './line.ts';
import type { Session } from './session.ts';

const DELETE = 1;

/** Why a wait ended before the lock was had. */
type Ended = { readonly why: 'late' } | { readonly why: 'failed'; readonly reason: unknown };

/** Where somebody stands in line. */
interface Standing {
  /** The revision in which its key was made. */
  readonly place: number;
  /** The revision in which its key was last written. */
  readonly fence: number;
  /** Who stands directly before it. */
  readonly before: KeyValue | undefined;
  readonly at: number;
}

/** A place in line. */
export interface Place {
  readonly session: Session;
  /** Waits for the lock: the fence, or `undefined` when the place was lost with its session. */
  wait(): Promise<number | undefined>;
}

/**
 * One wait for a lock. Who waits has a key in the line of the lock, in the order of their creation, and watches
 * the key before its own, nothing else.
 */
export class Waiting {
  readonly #context: LocksContext;
  readonly #key: string;
  readonly #wait: LockWait;
  readonly #line: ByteRange;
  readonly #over = deferred<Ended>();
  readonly #cancel: CancelTimer | undefined;
  readonly #onAbort: () => void;
  #ended: Ended | undefined;

  constructor(context: LocksContext, table: Table, key: string, wait: LockWait) {
    this.#context = context;
    this.#key = key;
    this.#wait = wait;
    this.#line = context.layout.line(table.name, key);
    this.#onAbort = () => this.fail(wait.signal?.reason);
    wait.signal?.addEventListener('abort', this.#onAbort);
    if (wait.waitMs !== Infinity) {
      this.#cancel = context.clock.after(wait.waitMs, () => this.#settle({ why: 'late' }), false);
    }
  }

  /** Ends the wait with this reason. */
  fail(reason: unknown): void {
    this.#settle({ why: 'failed', reason });
  }

  /** Leaves no timer and no listener behind. */
  end(): void {
    this.#cancel?.();
    this.#wait.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** What comes first: the end of the work, or of the wait. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    work.catch(() => undefined);
    const first = await Promise.race([work.then((result) => ({ result })), this.#over.promise]);
    if ('result' in first) return first.result;
    throw await this.#reasonOf(first, undefined);
  }

  /**
   * Takes a place at the end of the line.
   *
   * @returns `undefined` when the session was lost
   */
  async enter(session: Session, holderKey: Buffer): Promise<Place | undefined> {
    const lost = deferred<'lost'>();
    const user = { lost: () => lost.resolve('lost') };
    session.add(user);
    const start = await this.#surely(session, holderKey, () => this.#stand(session, holderKey));
    if (start === undefined) {
      session.remove(user);
      return undefined;
    }
    return {
      session,
      wait: () =>
        this.#surely(session, holderKey, () =>
          this.#advance(session, holderKey, start, lost.promise),
        ).finally(() => session.remove(user)),
    };
  }

  /** Leaves nothing behind when the work fails; `undefined` when that is because the session is gone. */
  async #surely<Result>(
    session: Session,
    holderKey: Buffer,
    work: () => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isRefused(error, 'lease-gone')) {
        session.lose(new StoreError('LOCK_LOST', 'etcd has ended the lease'));
        return undefined;
      }
      await session.discard(holderKey);
      throw error;
    }
  }

  async #stand(session: Session, holderKey: Buffer): Promise<Standing | undefined> {
    const { cluster } = this.#context;
    const answer = await cluster.call(
      txn,
      {
        success: [
          put(holderKey, this.#note(), session.id),
          readRange(this.#line, { limit: 2, ...newestFirst }),
        ],
      },
      'again',
    );
    const [mine, before] = rangeOf(answer.responses[1]);
    if (mine?.key.equals(holderKey)) {
      return { place: mine.createRevision, fence: mine.modRevision, before, at: revisionOf(answer) };
    }
    // Sent twice, and somebody came in between.
    const { kvs } = await cluster.call(range, { key: holderKey }, 'read');
    const own = kvs[0];
    if (own === undefined) return undefined;
    const { found, at } = await predecessor(cluster, this.#line, own.createRevision);
    return { place: own.createRevision, fence: own.modRevision, before: found, at };
  }

  async #advance(
    session: Session,
    holderKey: Buffer,
    { place, fence, before: first, at: begun }: Standing,
    lost: Promise<'lost'>,
  ): Promise<number | undefined> {
    const { cluster } = this.#context;
    if (first === undefined && this.#ended === undefined) return fence;
    let [before, at] = [first, begun];
    while (before !== undefined) {
      const gone = this.#gone(before.key, at);
      const event = await Promise.race([gone.promise, lost, this.#over.promise]).finally(gone.stop);
      if (event === 'lost') return undefined;
      if (event !== 'gone') {
        const reason = await this.#reasonOf(event, holderKey);
        if (reason !== undefined) throw reason;
      }
      ({ found: before, at } = await predecessor(cluster, this.#line, place));
    }
    if (this.#ended?.why === 'failed') throw this.#ended.reason;
    return await this.#confirm(session, holderKey);
  }

  /** The fence is taken when the lock is had, so that it is above what earlier holders wrote. */
  async #confirm(session: Session, holderKey: Buffer): Promise<number | undefined> {
    const answer = await this.#context.cluster.call(
      txn,
      { compare: [exists(holderKey)], success: [put(holderKey, this.#note(), session.id)] },
      'again',
    );
    return answer.succeeded ? revisionOf(answer) : undefined;
  }

  /** Resolves when a key is removed. */
  #gone(key: Buffer, after: number): { readonly promise: Promise<'gone'>; readonly stop: () => void } {
    const { promise, resolve } = deferred<'gone'>();
    const { stream } = this.#context;
    const watcher = stream.add({ key, end: undefined }, after, {
      created: () => undefined,
      progress: () => undefined,
      events: (events) => {
        if (events.some(({ type }) => type === DELETE)) resolve('gone');
      },
      // It is looked for again.
      compacted: () => resolve('gone'),
      refused: (error) => this.fail(error),
    });
    return { promise, stop: () => stream.remove(watcher) };
  }

  /** The reason for which a wait ends; `undefined` when it was for nothing, for the lock is had. */
  async #reasonOf(ended: Ended, holderKey: Buffer | undefined): Promise<unknown> {
    if (ended.why === 'failed') return ended.reason;
    const { cluster, clock } = this.#context;
    const late = await timeout(cluster, clock, this.#line, this.#key, this.#wait.waitMs, holderKey).catch(
      (error: unknown) => error,
    );
    if (late !== undefined || holderKey !== undefined) return late;
    return new StoreError('TIMEOUT', `lock ${JSON.stringify(this.#key)}: waited ${this.#wait.waitMs} ms`);
  }

  #settle(ended: Ended): void {
    this.#ended ??= ended;
    this.#over.resolve(ended);
  }

  #note(): Buffer {
    return writeNote({ label: this.#wait.label, since: this.#context.clock.now() });
  }
}
