import type { CancelTimer, Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { CallOptions } from '../../contract/calls.ts';
import type { Entry } from '../../contract/entry.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import type { Watch } from '../../contract/watch.ts';
import type { Registered, Registration } from './types.ts';

/** How often a lease is renewed while it would run out. */
const BEATS = 3;

/** What a registration is made from. */
export interface Holding<Value> {
  readonly map: VersionedMap<Registered<Value>>;
  readonly clock: Clock;
  /** `undefined`: it stands until it is unregistered. */
  readonly leaseMs: number | undefined;
  readonly entry: Entry<Registered<Value>>;
  /** When the lease begins that was written last: before the write was sent. */
  readonly sentAt: number;
  /** Runs once, when the name is held no more. */
  readonly onEnd: () => void;
}

/**
 * A name that is held.
 *
 * INVARIANT: every write carries the version of the last one, so that it can reach nobody else's registration; and
 * writes of one registration queue.
 */
export class HeldName<Value> implements Registration<Value> {
  readonly name: string;
  readonly #holding: Holding<Value>;
  readonly #watch: Watch<Registered<Value>>;
  readonly #lost = new AbortController();
  #record: Registered<Value>;
  #version: number;
  #until: number;
  #held = true;
  #cancel: CancelTimer = () => undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(holding: Holding<Value>) {
    const { entry, map, leaseMs, sentAt } = holding;
    this.name = entry.key;
    this.#holding = holding;
    this.#record = entry.value;
    this.#version = entry.version;
    this.#until = leaseMs === undefined ? Infinity : sentAt + leaseMs;
    this.#watch = map.watch({ key: entry.key });
    void this.#follow();
    this.#arm();
  }

  /** Resolves when a loss will be seen. */
  get ready(): Promise<void> {
    return this.#watch.ready;
  }

  get value(): Value {
    return this.#record.value;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  update(value: Value, options?: CallOptions): Promise<void> {
    return this.#queue(async () => {
      this.#checkHeld();
      await this.#write((record) => ({ ...record, value, revision: record.revision + 1 }), options);
      this.#checkHeld();
    });
  }

  unregister(options?: CallOptions): Promise<boolean> {
    return this.#queue(async () => {
      while (this.#held) {
        const outcome = await this.#holding.map.delete(this.name, { ...options, ifVersion: this.#version });
        if (outcome.ok) {
          this.#end();
          return true;
        }
        this.#meet(outcome.current);
      }
      return false;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unregister();
  }

  /** Writes over the version that is held, and over nothing else. */
  async #write(next: (record: Registered<Value>) => Registered<Value>, options?: CallOptions): Promise<void> {
    const { map, clock, leaseMs } = this.#holding;
    while (this.#held) {
      const sentAt = clock.now();
      const ttlMs = leaseMs ?? 'never';
      const record = next(this.#record);
      const outcome = await map.set(this.name, record, { ...options, ifVersion: this.#version, ttlMs });
      if (outcome.ok) {
        this.#record = record;
        this.#version = outcome.version;
        if (leaseMs !== undefined) this.#until = sentAt + leaseMs;
        return;
      }
      this.#meet(outcome.current);
    }
  }

  /** What stands is another version: still ours (somebody touched it, an outcome was unknown), or not. */
  #meet(current: Entry<Registered<Value>> | undefined): void {
    if (current?.value.id === this.#record.id) {
      this.#version = current.version;
      this.#record = current.value;
    } else this.#lose(current === undefined ? 'it is gone' : `${show(current.value.owner)} has it`);
  }

  #arm(): void {
    const { clock, leaseMs } = this.#holding;
    if (leaseMs === undefined || !this.#held) return;
    this.#cancel = clock.after(leaseMs / BEATS, () => void this.#queue(() => this.#beat()), true);
  }

  /** Renews the lease; what fails is tried again at the next beat, until the lease has run out. */
  async #beat(): Promise<void> {
    if (!this.#held) return;
    const { clock } = this.#holding;
    try {
      await this.#write((record) => record);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'CLOSED') this.#lose('the store was closed');
      else if (clock.now() >= this.#until) this.#lose('its lease could not be renewed', error);
    }
    this.#arm();
  }

  /** Sees at once when the name is taken away, or runs out. */
  async #follow(): Promise<void> {
    try {
      for await (const change of this.#watch) {
        if (!('key' in change) || change.version <= this.#version) continue;
        // What we are just writing ourselves is settled by its answer.
        if ('value' in change && change.value.id === this.#record.id) continue;
        await this.#queue(() => this.#look());
      }
      if (this.#held) this.#lose('the store or its map was closed');
    } catch (error) {
      if (this.#holding.leaseMs === undefined) this.#lose('its watch ended', error);
    }
  }

  async #look(): Promise<void> {
    try {
      if (this.#held) this.#meet(await this.#holding.map.entry(this.name, { fresh: true }));
    } catch (error) {
      // With a lease, the next beat finds out.
      if (this.#holding.leaseMs === undefined) throw error;
    }
  }

  #lose(why: string, cause?: unknown): void {
    if (!this.#held) return;
    this.#end();
    const reason = new StoreError('LOCK_LOST', `the name ${show(this.name)} was lost: ${why}`, { cause });
    this.#lost.abort(reason);
  }

  #end(): void {
    this.#held = false;
    this.#cancel();
    this.#holding.onEnd();
    void this.#watch.close();
  }

  #checkHeld(): void {
    if (this.#held) return;
    this.#lost.signal.throwIfAborted();
    throw new StoreError('CLOSED', `the name ${show(this.name)} was unregistered`);
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
