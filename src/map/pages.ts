import { within } from '../base/abort.ts';
import { StoreError } from '../base/errors.ts';
import type { ReadOptions } from '../contract/calls.ts';
import type { SyncCore } from '../contract/core.ts';
import type { MapContext } from './context.ts';
import { Cursor } from './cursor.ts';
import type { Pick } from './cursor.ts';
import type { Bounds } from './ranges.ts';
import { counted } from './tracing/answers.ts';
import { listened, tellLater, tellNow } from './tracing/channel.ts';
import type { OperationMessage } from './tracing/channel.ts';

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

function aboutPage({ name, engine }: MapContext): OperationMessage {
  return { operation: 'list', map: name, engine: engine.supports.engine };
}

/** Reads a range from a core that answers at once. */
export class SyncPages<T> implements IterableIterator<T> {
  readonly #context: MapContext;
  readonly #core: SyncCore;
  readonly #cursor: Cursor<T>;

  constructor(context: MapContext, core: SyncCore, bounds: Bounds, pick: Pick<T>) {
    this.#context = context;
    this.#core = core;
    this.#cursor = new Cursor(context, bounds, pick);
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    const cursor = this.#cursor;
    if (cursor.at < cursor.stop && this.#context.open) {
      // SAFETY: the index is below the length.
      return { done: false, value: cursor.items[cursor.at++] as T };
    }
    return this.#further();
  }

  return(): IteratorResult<T, undefined> {
    this.#cursor.end();
    return DONE;
  }

  #further(): IteratorResult<T, undefined> {
    const cursor = this.#cursor;
    try {
      while (!cursor.over) {
        this.#context.checkOpen();
        const item = cursor.take();
        if (item !== undefined) return item;
        if (cursor.over) continue;
        if (listened()) tellNow(aboutPage(this.#context), counted, () => this.#read());
        else this.#read();
      }
    } catch (error) {
      cursor.end();
      throw error;
    }
    return DONE;
  }

  #read(): number {
    const cursor = this.#cursor;
    cursor.fill(this.#core.page(this.#context.id(), ...cursor.request()));
    return cursor.items.length;
  }
}

/** Reads a range for async readers, under a signal and a deadline for the whole of it. */
export class AsyncPages<T> implements AsyncIterableIterator<T> {
  readonly #context: MapContext;
  readonly #cursor: Cursor<T>;
  readonly #what: string;
  readonly #options: ReadOptions | undefined;
  readonly #endsAt: number;
  /** The last of the reads under way: they are answered in their order. */
  #turn: Promise<void> | undefined;

  constructor(
    context: MapContext,
    what: string,
    bounds: Bounds,
    pick: Pick<T>,
    options: ReadOptions | undefined,
  ) {
    this.#context = context;
    this.#cursor = new Cursor(context, bounds, pick);
    this.#what = what;
    this.#options = options;
    const deadlineMs = options?.deadlineMs;
    this.#endsAt = deadlineMs === undefined ? Infinity : context.engine.clock.now() + deadlineMs;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = this.#turn === undefined ? this.#next() : this.#turn.then(() => this.#next());
    const leave = (): void => {
      if (this.#turn === turn) this.#turn = undefined;
    };
    const turn: Promise<void> = result.then(leave, leave);
    this.#turn = turn;
    return result;
  }

  /** Does not wait for a read under way: that one finds the end. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#cursor.end();
    return DONE;
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    const cursor = this.#cursor;
    try {
      while (!cursor.over) {
        this.#check();
        const item = cursor.take();
        if (item !== undefined) return item;
        if (cursor.over) continue;
        if (listened()) await tellLater(aboutPage(this.#context), counted, () => this.#read());
        else await this.#read();
      }
    } catch (error) {
      cursor.end();
      throw error;
    }
    return DONE;
  }

  async #read(): Promise<number> {
    const cursor = this.#cursor;
    const request = cursor.request();
    const { engine } = this.#context;
    if (engine.form === 'sync') {
      const { core } = engine;
      try {
        cursor.fill(core.page(this.#context.id(), ...request));
      } catch (error) {
        // Nothing was read: the next round asks again.
        const free = engine.retry?.(error);
        if (free === undefined) throw error;
        await free;
      }
      return cursor.items.length;
    }
    const core = this.#context.remote?.reading(this.#options) ?? engine.core;
    const page = this.#context.idAsync().then((id) => core.page(id, ...request));
    const limits = this.#options && {
      signal: this.#options.signal,
      deadlineMs: this.#endsAt === Infinity ? undefined : this.#endsAt - engine.clock.now(),
    };
    const reply = await within(page, limits, engine.clock, () => this.#late());
    if (!cursor.over) cursor.fill(reply);
    return cursor.items.length;
  }

  #check(): void {
    this.#context.checkOpen();
    const signal = this.#options?.signal;
    if (signal?.aborted) throw signal.reason;
    if (this.#endsAt !== Infinity && this.#context.engine.clock.now() >= this.#endsAt) throw this.#late();
  }

  #late(): StoreError {
    return new StoreError('TIMEOUT', `${this.#what}: not done within ${this.#options?.deadlineMs} ms`);
  }
}
