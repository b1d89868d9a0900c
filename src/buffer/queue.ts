import { StoreError } from '../base/errors.ts';
import { checkMs, checkOptions, show } from '../base/options.ts';
import type { CallOptions } from '../contract/calls.ts';
import type { BufferKey } from './entry.ts';
import { checkedSize } from './arguments.ts';
import type { Journal, Recovered } from './journal.ts';
import { Machine } from './machine.ts';
import type { Internals } from './machine.ts';
import type { CloseOptions } from './map-buffer.ts';
import type { LiveOptions, Settings } from './options.ts';
import { partitionKeyOf, partitionOf } from './partition-of.ts';
import { Hidden, pendingOf } from './pending.ts';
import type { Pending, State, Table } from './pending.ts';
import type { Batches } from './pull.ts';
import type { PushOptions, QueueBuffer } from './queue-buffer.ts';
import { NO_ROOM } from './room.ts';
import type { BufferStats } from './stats.ts';

const ACCEPTED: Promise<void> = Promise.resolve();

/** The queue behind {@link QueueBuffer}: a buffer whose keys are numbers that never come again. */
export class ItemQueue<Item> implements QueueBuffer<Item> {
  readonly name: string;
  readonly #machine: Machine;
  readonly #partitions: number;
  readonly #sizeOf: Settings['sizeOf'];
  readonly #journal: Journal | undefined;
  #last = 0;

  constructor(settings: Settings, journal: Journal | undefined, internals: Internals) {
    this.name = settings.name;
    this.#partitions = settings.partitions;
    this.#sizeOf = settings.sizeOf;
    this.#journal = journal;
    const duties = {
      strict: true,
      present: (pendings: readonly Pending[]) => pendings.map(({ value }) => value),
      coalesce: refuse,
      routed: ({ entries }: Table) => entries.clear(),
      settled: (pendings: readonly Pending[]) => journal?.remove(pendings),
    };
    this.#machine = new Machine(settings, duties, journal, internals);
  }

  /** Takes what an earlier process accepted. */
  recover({ seq, partitionKey, ...state }: Recovered): void {
    this.#add(partitionKey, state, this.#bytesOf(state.value), seq);
  }

  push(item: Item, options?: PushOptions<Item>): Promise<void> {
    try {
      return this.#accept(this.#item('push', item, options), options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async pushMany(items: Iterable<Item>, options?: PushOptions<Item>): Promise<void> {
    if (typeof items !== 'object' || items === null || !(Symbol.iterator in items)) {
      throw new TypeError(`pushMany: items must be iterable, got ${show(items)}`);
    }
    const all = Array.from(items, (item) => this.#item('pushMany', item, options));
    const { room, settings } = this.#machine;
    const bytes = all.reduce((sum, each) => sum + each.bytes, 0);
    if (settings.onFull === 'reject' && !room.fits(all.length, bytes)) throw this.#full();
    await Promise.all(all.map((each) => this.#accept(each, options)));
  }

  tryPush(item: Item, options?: PushOptions<Item>): boolean {
    if (this.#journal !== undefined) {
      throw new StoreError(
        'UNSUPPORTED',
        'tryPush: with a store an item is accepted when it is durable; use push',
      );
    }
    const checked = this.#item('tryPush', item, options);
    this.#machine.checkOpen();
    if (this.#machine.room.waiting === 0 && this.#apply(checked) !== NO_ROOM) return true;
    this.#machine.pressed();
    return false;
  }

  count(): number {
    return this.#machine.room.count;
  }

  flush(options?: CallOptions): Promise<void> {
    return this.#machine.flush(options);
  }

  batches(): Batches<Item> {
    const { pull } = this.#machine;
    if (pull === undefined) throw new TypeError('batches: the queue has a processor');
    // SAFETY: batches are made of items that this queue accepted.
    return pull.batches() as Batches<Item>;
  }

  updateOptions(options: LiveOptions): void {
    this.#machine.updateOptions(options);
  }

  stats(): BufferStats {
    return this.#machine.stats();
  }

  async close(options: CloseOptions = {}): Promise<readonly Item[]> {
    checkOptions('close', options, ['deadlineMs']);
    const { deadlineMs } = options;
    if (deadlineMs !== undefined) checkMs('close: deadlineMs', deadlineMs, 0);
    const rest = await this.#machine.close(deadlineMs);
    // SAFETY: what waits in this queue was given as an item.
    return rest.map(({ value }) => value as Item);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #item(what: string, item: unknown, options: PushOptions<Item> | undefined): Checked {
    if (options !== undefined) checkOptions(what, options, ['partitionKey', 'signal', 'deadlineMs']);
    if (item === undefined) throw new TypeError(`${what}: an item must not be undefined`);
    return { item, partitionKey: partitionKeyOf(options?.partitionKey, item), bytes: this.#bytesOf(item) };
  }

  #bytesOf(item: unknown): number {
    if (this.#sizeOf === undefined) return 0;
    const bytes = checkedSize(this.#sizeOf(item));
    const { maxBytes } = this.#machine.room;
    if (bytes <= maxBytes) return bytes;
    throw new StoreError('LIMIT', `an item has ${bytes} bytes, more than all of maxBytes, ${maxBytes}`);
  }

  #accept(checked: Checked, options: CallOptions | undefined): Promise<void> {
    const machine = this.#machine;
    const { signal, deadlineMs } = options ?? {};
    machine.checkOpen();
    if (deadlineMs !== undefined) checkMs('deadlineMs', deadlineMs, 0);
    if (signal?.aborted === true) throw signal.reason;
    if (machine.room.waiting === 0 && this.#apply(checked) !== NO_ROOM) return this.#whenDurable();
    machine.pressed();
    if (machine.settings.onFull === 'reject') throw this.#full();
    return machine.room.wait(() => this.#apply(checked), options).then(() => this.#whenDurable());
  }

  #whenDurable(): Promise<void> {
    return this.#journal?.durable() ?? ACCEPTED;
  }

  #apply({ item, partitionKey, bytes }: Checked): true | typeof NO_ROOM {
    if (!this.#machine.room.fits(1, bytes)) return NO_ROOM;
    const state = { value: item, stamp: undefined, updates: 0, deleted: false, afterDelete: false };
    const seq = this.#journal?.write(0, this.#last + 1, partitionKey, state) ?? 0;
    this.#add(partitionKey, state, bytes, seq);
    return true;
  }

  #add(partitionKey: BufferKey | undefined, state: State, bytes: number, seq: number): void {
    const key = ++this.#last;
    const partition =
      partitionKey === undefined ? key % this.#partitions : partitionOf(partitionKey, this.#partitions);
    const place = this.#machine.table.place(partition);
    const pending = pendingOf(key, state.value, undefined, partitionKey, place);
    Hidden.setBytes(pending, bytes);
    Hidden.setSeq(pending, seq);
    this.#machine.add(pending);
  }

  #full(): StoreError {
    const { maxEntries, maxBytes } = this.#machine.room;
    return new StoreError('FULL', `the queue ${this.name} is full: ${maxEntries} entries, ${maxBytes} bytes`);
  }
}

/** An item with what was found out about it. */
interface Checked {
  readonly item: unknown;
  readonly partitionKey: BufferKey | undefined;
  readonly bytes: number;
}

/** Items are never coalesced. */
function refuse(): never {
  throw new TypeError('items of a queue are not coalesced');
}
