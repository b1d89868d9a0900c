import { deferred, type Deferred } from '../../base/deferred.ts';
import { StoreError } from '../../base/errors.ts';
import type { Environment } from './environment.ts';
import { translated } from './errors.ts';

/** What a group commit serves. */
export interface Committed {
  /** The environment to write to; asked anew for each batch. */
  environment(): Environment;
  /** The newest version that was taken. */
  version(): number;
  /** Adds to the batch what belongs into it; the last chance to refuse it. @throws StoreError `FULL` */
  prepare(bytes: number): void;
  /** Hands the batch to the library. */
  handOver(): void;
  /** What was accepted up to this version is durable. */
  committed(through: number): void;
  /** What was accepted above this version did not come to pass. */
  retracted(after: number): void;
  /** It is not known what happened, or can happen: nothing may be answered any more. */
  poisoned(fault: StoreError): void;
}

/** A batch on its way to the disk. */
interface Batch {
  readonly through: number;
  readonly done: Deferred<void>;
}

/** A span of versions that did not come to pass. */
interface Failure {
  readonly after: number;
  readonly through: number;
  readonly error: StoreError;
}

/**
 * Commits in groups: while one batch is committed the next one is collected, so that any number of
 * writers share a transaction. One batch is under way at a time; a failed one takes back all that was
 * accepted since, because that was decided on top of it. A commit that does not settle in time is
 * given up, and the store with it.
 */
export class GroupCommit {
  readonly #target: Committed;
  readonly #limitMs: number;
  #durable: number;
  #dirty = false;
  #scheduled = false;
  #held = 0;
  #bytes = 0;
  #committing: Batch | undefined;
  #next: Deferred<void> = quiet();
  #failure: Failure | undefined;
  #fault: StoreError | undefined;
  #idle: Deferred<void> | undefined;
  #batches = 0;

  /**
   * @param durable - the version from which the store begins
   * @param limitMs - how long a commit may take, in milliseconds of the machine's time
   */
  constructor(target: Committed, durable: number, limitMs: number) {
    this.#target = target;
    this.#durable = durable;
    this.#limitMs = limitMs;
  }

  /** All that was accepted up to this version is durable. */
  get durable(): number {
    if (!this.#dirty && this.#committing === undefined && this.#fault === undefined)
      this.#durable = this.#target.version();
    return this.#durable;
  }

  /** Bytes that were accepted and not handed over. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Batches that were committed. */
  get batches(): number {
    return this.#batches;
  }

  /** `true` while a commit is under way, also one that was given up. */
  get busy(): boolean {
    return this.#committing !== undefined;
  }

  /** Says that something was written. */
  touch(bytes: number): void {
    this.#bytes += bytes;
    if (this.#dirty) return;
    this.#dirty = true;
    this.#schedule();
  }

  /** Resolves when all that was accepted up to a version is durable. */
  whenDurable(upTo: number): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#failed(upTo) ?? this.#fault);
    const failed = this.#failed(upTo);
    if (failed !== undefined) return Promise.reject(failed);
    if (upTo <= this.durable) return Promise.resolve();
    if (this.#committing !== undefined && (upTo <= this.#committing.through || !this.#dirty))
      return this.#committing.done.promise;
    return this.#next.promise;
  }

  /** Resolves in a moment in which all that was accepted before the call is durable, or was taken back, and nothing is under way. */
  async settled(): Promise<void> {
    // What fails is taken back, and told to those who wait for it: not here.
    if (this.#dirty) await this.#next.promise.catch(() => undefined);
    await this.whenIdle();
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Resolves when nothing waits for the disk any more; rejects when some of it failed on the way. */
  async drained(): Promise<void> {
    const next = this.#dirty ? this.#next.promise : undefined;
    await this.#committing?.done.promise;
    await next;
    await this.whenIdle();
  }

  /** Resolves when no commit is under way. */
  async whenIdle(): Promise<void> {
    while (this.#committing !== undefined) await (this.#idle ??= quiet()).promise;
  }

  /** Runs `work` while no batch is handed over. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#held++;
    try {
      await this.whenIdle();
      if (this.#fault !== undefined) throw this.#fault;
      return await work();
    } finally {
      this.#held--;
      if (this.#dirty) this.#schedule();
    }
  }

  /** Ends it for good: whoever waits, or comes, is refused. */
  end(fault: StoreError): void {
    this.#fault ??= fault;
    this.#next.reject(this.#fault);
    this.#wakeIdle();
  }

  /** Behind everything that can run now, so that writers who were woken together share a batch. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#dirty || this.#committing !== undefined || this.#held > 0 || this.#fault !== undefined) return;
    const done = this.#next;
    const through = this.#target.version();
    const bytes = this.#bytes;
    this.#next = quiet();
    this.#dirty = false;
    this.#bytes = 0;
    this.#committing = { through, done };
    try {
      this.#target.prepare(bytes);
    } catch (error) {
      this.#committing = undefined;
      this.#retract(translated(error, 'lmdb: a commit failed'), done);
      return;
    }
    this.#commit(through, done);
  }

  #commit(through: number, done: Deferred<void>): void {
    let given = false;
    const timer = setTimeout(() => {
      given = true;
      const message = `lmdb: a commit did not settle within ${this.#limitMs} ms`;
      this.#poison(new StoreError('UNKNOWN_OUTCOME', message), done);
    }, this.#limitMs);
    timer.unref();
    const settle = (error: unknown): void => {
      clearTimeout(timer);
      this.#committing = undefined;
      if (given) this.#wakeIdle();
      else if (error === undefined) this.#committed(through, done);
      else this.#refused(translated(error, 'lmdb: a commit failed'), done);
    };
    this.#target
      .environment()
      .batch(() => this.#target.handOver())
      .then(
        () => settle(undefined),
        (error: unknown) => settle(error ?? new Error('no reason given')),
      );
  }

  #committed(through: number, done: Deferred<void>): void {
    this.#durable = Math.max(this.#durable, through);
    this.#batches++;
    this.#target.committed(this.durable);
    done.resolve();
    this.#wakeIdle();
    if (this.#dirty) this.#schedule();
  }

  /** No room is certain to have changed nothing; any other failure may have come after the change. */
  #refused(error: StoreError, done: Deferred<void>): void {
    if (error.code === 'FULL') this.#retract(error, done);
    else this.#poison(new StoreError('UNKNOWN_OUTCOME', error.message, { cause: error }), done);
  }

  #retract(error: StoreError, done: Deferred<void>): void {
    const after = this.#durable;
    this.#failure = { after, through: this.#target.version(), error };
    this.#dirty = false;
    this.#bytes = 0;
    const next = this.#next;
    this.#next = quiet();
    try {
      this.#target.retracted(after);
    } catch (cause) {
      this.#poison(translated(cause, 'lmdb: what was accepted could not be taken back'), done);
    }
    done.reject(error);
    next.reject(error);
    this.#wakeIdle();
  }

  #poison(error: StoreError, done: Deferred<void>): void {
    this.#failure = { after: this.#durable, through: this.#target.version(), error };
    this.#fault = new StoreError('POISONED', `${error.message}; close the store and open it again`, {
      cause: error,
    });
    this.#dirty = false;
    this.#target.poisoned(this.#fault);
    done.reject(error);
    this.#next.reject(error);
    this.#wakeIdle();
  }

  #failed(upTo: number): StoreError | undefined {
    const failure = this.#failure;
    return failure !== undefined && upTo > failure.after && upTo <= failure.through
      ? failure.error
      : undefined;
  }

  #wakeIdle(): void {
    const idle = this.#idle;
    this.#idle = undefined;
    idle?.resolve();
  }
}

/** A promise that may be rejected without anybody waiting for it. */
function quiet(): Deferred<void> {
  const made = deferred<void>();
  made.promise.catch(() => undefined);
  return made;
}
