// One run of the machine under a scheduler: writes, swaps, retries, changes of options and close, in any order.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Scheduler } from 'fast-check';
import { openWriteBuffer } from '../../src/buffer/open-buffer.ts';
import { openItemQueue } from '../../src/buffer/open-queue.ts';
import type { BufferEntry, BufferStats, DeadLetterHandler } from '../../src/buffer/index.ts';
import { Books, checkStats, faultyProcessor, scheduledClock, unlessClosed } from './model.ts';
import type { Fault, Item } from './model.ts';

/** What a run does. */
export interface Plan {
  readonly partitions: number;
  readonly batchSize: number | 'table';
  readonly maxEntries: number;
  readonly attempts: number;
  readonly deadLetters: 'taken' | 'refused once' | 'nobody';
  readonly faults: readonly Fault[];
  readonly steps: readonly Step[];
  readonly deadlineMs: number | undefined;
  /** The key whose batches always fail. */
  readonly poison: number;
  /** How many keys are written to. */
  readonly keys: number;
}

type Step = 'set' | 'delete' | 'flush' | 'options' | 'wait';

const fault = fc.constantFrom<Fault>('ok', 'sync', 'throw', 'reject', 'hang', 'late', 'some');

const step = fc.constantFrom<Step>(
  'set',
  'set',
  'set',
  'set',
  'delete',
  'flush',
  'flush',
  'options',
  'wait',
  'wait',
  'wait',
  'wait',
);

export const plans: fc.Arbitrary<Plan> = fc.record({
  partitions: fc.integer({ min: 1, max: 3 }),
  batchSize: fc.constantFrom<number | 'table'>(1, 2, 3, 'table'),
  maxEntries: fc.constantFrom(2, 4, 1_000),
  attempts: fc.integer({ min: 1, max: 3 }),
  deadLetters: fc.constantFrom('taken' as const, 'refused once' as const, 'nobody' as const),
  faults: fc.array(fault, { maxLength: 6 }),
  steps: fc.array(step, { minLength: 6, maxLength: 22 }),
  // A deadline that runs out early hands everything back: in few runs, so that the others see the rest.
  deadlineMs: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 50),
  poison: fc.integer({ min: 0, max: 8 }),
  keys: fc.integer({ min: 1, max: 3 }),
});

/** What both twins look like to a run. */
interface Subject {
  write(number: number, key: number): Promise<unknown>;
  remove(number: number, key: number): Promise<unknown>;
  flush(): Promise<void>;
  options(number: number): void;
  stats(): BufferStats;
  close(): Promise<readonly Item[]>;
}

/** Runs a plan on a buffer; every value is the list of the writes in it, and `merge` joins lists. */
export async function runBuffer(plan: Plan, scheduler: Scheduler): Promise<BufferStats> {
  type Entry = BufferEntry<readonly number[], string, 'deliver'>;
  const itemOf = ({ key, value = [] }: Entry): Item => ({ id: key, writes: value });
  const books = new Books();
  const buffer = await openWriteBuffer<readonly number[], string, 'discard'>(
    {
      ...machineOptions(plan, scheduler, books, itemOf, ({ key }) => key === `k${plan.poison}`),
      merge: (old, next) => [...old, ...next],
    },
    internalsOf(scheduler),
  );
  return await run(plan, scheduler, books, {
    write: (number, key) => {
      const id = `k${key}`;
      books.ask(number, id);
      return buffer.set(id, [number]).then(() => books.accept(number, id));
    },
    remove: async (_, key) => {
      const id = `k${key}`;
      const value = buffer.get(id);
      // The delete may have to wait for room, and then takes back what is there by then.
      if (buffer.stats().waiting === 0 && (await buffer.delete(id)))
        books.end({ id, writes: value ?? [] }, 'discarded');
    },
    flush: () => buffer.flush(),
    options: (number) => buffer.updateOptions({ batchSize: 1 + (number % 3), concurrency: 1 + (number % 2) }),
    stats: () => buffer.stats(),
    close: async () => (await buffer.close(closing(plan))).map(itemOf),
  });
}

/** Runs a plan on a queue; every item is a number. */
export async function runQueue(plan: Plan, scheduler: Scheduler): Promise<BufferStats> {
  const books = new Books();
  const lanes = new Map<number, number>();
  const itemOf = (number: number): Item => ({ id: `i${number}`, writes: [number] });
  const options = machineOptions<number>(
    plan,
    scheduler,
    books,
    itemOf,
    (number) => number % 9 === plan.poison,
  );
  const { processor } = options;
  const queue = await openItemQueue<number>(
    {
      ...options,
      processor: (batch, context) => {
        books.judge(() => checkOrder(batch, context.partition, context.attempt, lanes));
        return processor(batch, context);
      },
    },
    internalsOf(scheduler),
  );
  return await run(plan, scheduler, books, {
    write: (number) => {
      books.ask(number, `i${number}`);
      return queue.push(number).then(() => books.accept(number, `i${number}`));
    },
    remove: async () => undefined,
    flush: () => queue.flush(),
    options: (number) => queue.updateOptions({ batchSize: 1 + (number % 3), concurrency: 1 + (number % 2) }),
    stats: () => queue.stats(),
    close: async () => (await queue.close(closing(plan))).map(itemOf),
  });
}

/** Items of a partition come in order: again what came, or all that is new behind all that was. */
function checkOrder(
  batch: readonly number[],
  partition: number,
  attempt: number,
  lanes: Map<number, number>,
): void {
  const last = lanes.get(partition) ?? 0;
  const [first = 0] = batch;
  assert.deepEqual(
    batch,
    batch.toSorted((a, b) => a - b),
    'items come in order',
  );
  if (attempt === 1) assert.ok(first > last, `partition ${partition}: ${first} came after ${last}`);
  lanes.set(partition, Math.max(last, batch.at(-1) ?? 0));
}

function closing({ deadlineMs, deadLetters, attempts }: Plan): { readonly deadlineMs?: number } {
  if (deadlineMs !== undefined) return { deadlineMs };
  return deadLetters === 'nobody' && attempts === Infinity ? { deadlineMs: 1 } : {};
}

function internalsOf(scheduler: Scheduler): { turn: (run: () => void) => void; random: () => number } {
  return {
    turn: (go) => void scheduler.schedule(Promise.resolve(), 'turn').then(go),
    random: () => 0.5,
  };
}

function machineOptions<Entry>(
  plan: Plan,
  scheduler: Scheduler,
  books: Books,
  itemOf: (entry: Entry) => Item,
  isPoison: (entry: Entry) => boolean,
) {
  const { partitions, batchSize, maxEntries, attempts, deadLetters } = plan;
  let refusals = deadLetters === 'refused once' ? 1 : 0;
  const onDeadLetter: DeadLetterHandler<Entry> = async ({ entry }, { signal }) => {
    await scheduler.schedule(Promise.resolve(), 'dead letter');
    if (signal.aborted) return;
    if (refusals-- > 0) throw new Error('refused');
    books.end(itemOf(entry), 'dead');
    signal.addEventListener('abort', () => books.undo(itemOf(entry)));
  };
  return {
    partitions,
    batchSize,
    maxEntries,
    clock: scheduledClock(scheduler),
    retry: { attempts, baseMs: 10, maxMs: 40 },
    timeoutMs: 100,
    intervalMs: 20,
    processor: faultyProcessor(scheduler, books, [...plan.faults], itemOf, isPoison),
    ...(deadLetters === 'nobody' ? {} : { onDeadLetter }),
  };
}

async function run(plan: Plan, scheduler: Scheduler, books: Books, subject: Subject): Promise<BufferStats> {
  const calls: Promise<unknown>[] = [];
  let number = 0;
  const steps = async (): Promise<readonly Item[]> => {
    for (const step of plan.steps) {
      number++;
      if (step === 'set') calls.push(unlessClosed(subject.write(number, number % plan.keys)));
      else if (step === 'delete') calls.push(unlessClosed(subject.remove(number, number % plan.keys)));
      else if (step === 'flush') calls.push(unlessClosed(subject.flush()));
      else if (step === 'options') subject.options(number);
      else for (let i = 0; i < 4; i++) await scheduler.schedule(Promise.resolve(), 'step');
      checkStats(subject.stats());
    }
    return await subject.close();
  };
  let closed = false;
  const left = steps().finally(() => (closed = true));
  left.catch(() => undefined);
  for (let i = 0; !closed; i++) {
    assert.ok(i < 5_000, 'it comes to an end');
    if (scheduler.count() > 0) await scheduler.waitOne();
    else await Promise.resolve();
    books.check();
    checkStats(subject.stats());
  }
  for (const item of await left) books.end(item, 'returned');
  while (scheduler.count() > 0) await scheduler.waitOne();
  await Promise.all(calls);
  books.close();
  const stats = subject.stats();
  checkStats(stats);
  assert.equal(stats.entries, 0);
  return stats;
}

/** What happened over all runs, so that a test can say that it was no empty one. */
export type Sums = Record<'delivered' | 'deadLettered' | 'coalesced' | 'returned' | 'unconfirmed', number>;

/** Adds up what happens. */
export function totals(): { add(stats: BufferStats): void; of(): Sums } {
  const sums: Sums = { delivered: 0, deadLettered: 0, coalesced: 0, returned: 0, unconfirmed: 0 };
  return {
    add(stats) {
      for (const what of Object.keys(sums) as (keyof Sums)[]) sums[what] += stats[what];
    },
    of: () => sums,
  };
}
