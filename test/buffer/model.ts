// A buffer or queue under a scheduler that decides when anything happens: processors answer, timers fire, turns
// come in any order. What goes in and what comes out is kept, and judged at every step and at the end.
import assert from 'node:assert/strict';
import type { Scheduler } from 'fast-check';
import type { Clock } from '../../src/base/clock.ts';
import { StoreError } from '../../src/index.ts';
import type { BufferStats, Processor } from '../../src/buffer/index.ts';

/** What a processor does with one call. */
export type Fault = 'ok' | 'sync' | 'throw' | 'reject' | 'hang' | 'late' | 'some' | 'poison';

/** Time that goes on only by timers, in whatever order the scheduler lets them fire. */
export function scheduledClock(scheduler: Scheduler): Clock & { readonly armed: () => number } {
  let now = 1_000_000;
  let armed = 0;
  return {
    now: () => now,
    armed: () => armed,
    after(delayMs, run) {
      let cancelled = false;
      armed++;
      void scheduler.schedule(Promise.resolve(), `after ${Math.round(delayMs)}`).then(() => {
        if (cancelled) return;
        cancelled = true;
        armed--;
        now += Math.min(delayMs, 1_000);
        run();
      });
      return () => {
        if (!cancelled) armed--;
        cancelled = true;
      };
    },
  };
}

/** One element of a batch, for the books: its identity, and the numbers of the writes in it. */
export interface Item {
  readonly id: string;
  readonly writes: readonly number[];
}

/** What happened to the writes, by the numbers they have. */
export class Books {
  /** Identity of each accepted write, in order. */
  readonly accepted = new Map<number, string>();
  /** Writes whose batch was confirmed, given up or handed back: each once. */
  readonly ended = new Map<number, string>();
  /** The last write that was begun, by identity; and how it stands. */
  readonly #begun = new Map<string, number>();
  readonly #open = new Map<string, number>();
  /** What was found wrong first. A throw alone would be taken for a fault of the processor. */
  #problem: unknown;

  /** @throws what was found wrong */
  check(): void {
    if (this.#problem !== undefined) throw this.#problem;
  }

  /** Identity of each write that was asked for; its acceptance may be heard of later than it comes. */
  readonly #asked = new Map<number, string>();

  ask(number: number, id: string): void {
    this.#asked.set(number, id);
  }

  accept(number: number, id: string): void {
    this.accepted.set(number, id);
  }

  /** A batch is handed to the processor. */
  begin(batch: readonly Item[]): void {
    this.judge(() => this.#begin(batch));
  }

  #begin(batch: readonly Item[]): void {
    const ids = new Set(batch.map(({ id }) => id));
    assert.equal(ids.size, batch.length, 'no identity twice in a batch');
    for (const { id, writes } of batch) {
      for (const write of writes) {
        assert.equal(this.ended.get(write), undefined, `write ${write} of ${id} came after its outcome`);
        assert.equal(this.#asked.get(write), id, `write ${write} was for ${id}`);
      }
      const open = this.#open.get(id);
      const first = Math.min(...writes);
      if (open !== undefined) assert.equal(first, open, `${id}: ${first} came before the outcome of ${open}`);
      const last = this.#begun.get(id) ?? 0;
      if (open === undefined) assert.ok(first > last, `${id}: ${first} came after ${last}`);
      this.#begun.set(id, Math.max(...writes));
      this.#open.set(id, first);
    }
  }

  /** An element has its outcome. */
  end(item: Item, how: string): void {
    this.judge(() => this.#end(item, how));
  }

  #end({ id, writes }: Item, how: string): void {
    for (const write of writes) {
      assert.equal(this.ended.get(write), undefined, `write ${write} of ${id} has one outcome`);
      this.ended.set(write, how);
    }
    if (writes.includes(this.#open.get(id) ?? 0)) this.#open.delete(id);
  }

  /** Keeps what is found wrong. */
  judge(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      this.#problem ??= error;
    }
  }

  /** The buffer did not hear of an outcome. */
  undo({ id, writes }: Item): void {
    for (const write of writes) this.ended.delete(write);
    this.#open.set(id, Math.min(...writes));
  }

  /** At the end every accepted write has an outcome. */
  close(): void {
    this.check();
    for (const [write, id] of this.accepted)
      assert.ok(this.ended.has(write), `write ${write} of ${id} is lost`);
  }
}

/** Whatever happens, nothing is lost, and the places add up to what counts against the bound. */
export function checkStats(stats: BufferStats): void {
  const { writing, queued, held, inFlight, retrying, entries, lost } = stats;
  // Asked after every step of every schedule: the text is made only when there is something to say.
  if (lost === 0 && writing + queued + held + inFlight + retrying === entries) return;
  assert.fail(JSON.stringify(stats));
}

/** A processor that does as the list says, then well; it keeps the books. */
export function faultyProcessor<Entry>(
  scheduler: Scheduler,
  books: Books,
  faults: Fault[],
  itemOf: (entry: Entry) => Item,
  isPoison: (entry: Entry) => boolean,
): Processor<Entry> {
  const later = (): Promise<unknown> => scheduler.schedule(Promise.resolve(), 'processor');
  return (batch, { signal }) => {
    const items = batch.map(itemOf);
    books.begin(items);
    /** Confirms these, until the buffer says that it did not hear of it. */
    const confirm = (which: readonly Item[] = items): void => {
      if (signal.aborted) return;
      for (const item of which) books.end(item, 'delivered');
      signal.addEventListener('abort', () => {
        for (const item of which) books.undo(item);
      });
    };
    const fault = batch.some(isPoison) ? 'reject' : (faults.shift() ?? 'ok');
    switch (fault) {
      case 'sync':
        return confirm();
      case 'throw':
        throw new Error('thrown');
      case 'reject':
        return later().then(() => {
          throw new Error('rejected');
        });
      case 'hang':
        return new Promise<void>(() => undefined);
      case 'late':
        // Answers only after the signal: the buffer must have stopped listening.
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      case 'some': {
        const failures = batch.flatMap((_, index) =>
          index % 2 === 0 ? [{ index, error: new Error('some') }] : [],
        );
        return later().then(() => {
          confirm(items.filter((_, index) => index % 2 !== 0));
          return { failures };
        });
      }
      default:
        return later().then(() => confirm());
    }
  };
}

/** Settles a call that `close` may cut off. */
export async function unlessClosed<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'CLOSED' || error.code === 'FULL')) return undefined;
    throw error;
  }
}
