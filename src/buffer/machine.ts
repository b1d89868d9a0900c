import type { CancelTimer, Clock } from '../base/clock.ts';
import { deferred } from '../base/deferred.ts';
import type { Deferred } from '../base/deferred.ts';
import { StoreError } from '../base/errors.ts';
import type { CallOptions } from '../contract/calls.ts';
import { within } from '../base/abort.ts';
import { channels } from './channels.ts';
import { Gate } from './gate.ts';
import type { Journal } from './journal.ts';
import { Lane } from './lane.ts';
import type { LaneHost, Outcome } from './lane.ts';
import { liveOf } from './options.ts';
import type { LiveOptions, Settings } from './options.ts';
import { Pace } from './pace.ts';
import type { Turn } from './pace.ts';
import { Hidden, Table } from './pending.ts';
import type { Pending } from './pending.ts';
import { Pull } from './pull.ts';
import { Room } from './room.ts';
import { Router } from './router.ts';
import type { BufferStats } from './stats.ts';

/** What tests put in the place of the world. */
export interface Internals {
  readonly turn?: Turn | undefined;
  readonly random?: (() => number) | undefined;
}

/** What makes a buffer a buffer and a queue a queue. */
export interface Duties {
  /** `true`: all of a partition is in order, not only each identity. */
  readonly strict: boolean;
  /** Takes notice of each change of a frozen table, in order, before its partition gets it. */
  readonly routing?: ((pending: Pending) => void) | undefined;
  /** What the processor sees of changes: a list of its own. */
  readonly present: (pendings: readonly Pending[]) => readonly unknown[];
  /** Puts a newer change into an older one of its identity. @throws what a `merge` throws */
  readonly coalesce: (older: Pending, newer: Pending) => void;
  /** Takes notice of a table that was spread over the partitions. */
  readonly routed: (table: Table) => void;
  /** Takes notice of changes that have an outcome, except those that `close` hands back. */
  readonly settled: (pendings: readonly Pending[]) => void;
}

/**
 * What the buffer and the queue share. A change that was accepted is in exactly one place: the table being
 * written, a frozen table or the queue of a partition, held back, in flight, waiting for its repetition; or it
 * has its outcome: delivered, dead letter, coalesced, handed back.
 */
export class Machine {
  /** The table being written; swapped for an empty one by one assignment. */
  table: Table = new Table(1);
  readonly room: Room;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly journal: Journal | undefined;
  /** `false` from the first call of `close` on. */
  open = true;
  /** How many wait for the outcome of one change. */
  watchers = 0;
  /** The readers of batches, where there is no processor. */
  readonly pull: Pull | undefined = undefined;
  readonly #duties: Duties;
  readonly #lanes: readonly Lane[];
  readonly #gate: Gate;
  readonly #router: Router;
  readonly #startedAt: number;
  /** Frozen tables that have changes without outcome, oldest first. */
  #unsettled: Table[] = [];
  #flushes: { readonly upTo: number; readonly done: Deferred<void> }[] = [];
  #cancelInterval: CancelTimer | undefined;
  /** `true`: the table is due, and waits for a partition that has nothing to begin. */
  #due = false;
  #closing: Promise<readonly Pending[]> | undefined;
  /** What was handed back while it closes. */
  readonly #back: Pending[] = [];
  #frozen = 0;
  readonly #counts = { delivered: 0, dead: 0, returned: 0, coalesced: 0, unconfirmed: 0, calls: 0 };
  #lastError: unknown;

  constructor(settings: Settings, duties: Duties, journal: Journal | undefined, internals: Internals) {
    const { clock, live, name, partitions } = settings;
    this.settings = settings;
    this.clock = clock;
    this.journal = journal;
    this.#duties = duties;
    this.#startedAt = clock.now();
    this.room = new Room(settings.maxEntries, settings.maxBytes, clock);
    this.#gate = new Gate(settings.processor === undefined ? 0 : live.concurrency);
    const { processor = (this.pull = new Pull((readers) => this.#gate.resize(readers))).processor } =
      settings;
    const pace = new Pace(internals.turn ?? ((run) => void setImmediate(run)));
    const host: LaneHost = {
      name,
      live,
      clock,
      pace,
      gate: this.#gate,
      processor,
      onDeadLetter: settings.onDeadLetter,
      strict: duties.strict,
      closing: () => !this.open,
      random: internals.random ?? Math.random,
      coalesce: (older, newer) => this.#absorb(older, newer),
      present: duties.present,
      settled: (pendings, outcome, table) => this.#settled(pendings, outcome, table),
      called: (unconfirmed, error) => this.#called(unconfirmed, error),
      durable: journal && (() => journal.durable().catch((error: unknown) => void (this.#lastError = error))),
      idle: () => this.#idle(),
    };
    this.#lanes = Array.from({ length: partitions }, (_, index) => new Lane(index, host));
    this.#router = new Router(this.#lanes, pace, duties.routing, duties.routed);
    if (channels.start.hasSubscribers) channels.start.publish({ buffer: name, atMs: this.#startedAt });
  }

  /** Tables that are frozen and not yet spread, newest last. */
  get unrouted(): readonly Table[] {
    return this.#router.tables;
  }

  /** Frozen tables that have changes without outcome, oldest first. */
  get unsettled(): readonly Table[] {
    return this.#unsettled;
  }

  /** @throws StoreError `CLOSED` */
  checkOpen(): void {
    if (!this.open) throw new StoreError('CLOSED', `the buffer ${this.settings.name} was closed`);
  }

  /** Adds a change to the table being written. There must be room. */
  add(pending: Pending): void {
    const table = Hidden.table(pending);
    table.entries.set(pending.partitionKey, pending.key, pending);
    this.room.count++;
    this.room.bytes += Hidden.bytes(pending);
    if (table.since === 0) this.begun(table);
  }

  /** Starts the time of a table that got its first change. */
  begun(table: Table): void {
    table.since = this.clock.now();
    this.#arm(this.settings.live.intervalMs);
  }

  /** Takes a change out of the table being written, as if it had never come. */
  discard(pending: Pending): void {
    Hidden.table(pending).entries.delete(pending.partitionKey, pending.key);
    this.#forget(pending);
    this.#note([pending]);
    this.#tellWatchers(Hidden.watchers(pending), 'delivered');
    this.#admit();
  }

  /** Freezes the table being written, if there is anything in it. */
  swap(): void {
    const { table } = this;
    const size = table.entries.size;
    this.#due = false;
    if (size === 0) return;
    this.table = new Table(table.number + 1);
    this.#cancelInterval?.();
    table.outstanding = size;
    this.#frozen += size;
    this.#unsettled.push(table);
    this.#router.route(table);
  }

  /** Resolves when everything accepted so far has its outcome. */
  flush(options: CallOptions | undefined): Promise<void> {
    const upTo = this.table.number;
    this.swap();
    if (this.#unsettled.length === 0) return Promise.resolve();
    const done = deferred<void>();
    this.#flushes.push({ upTo, done });
    const late = (): StoreError => new StoreError('TIMEOUT', `not flushed within ${options?.deadlineMs} ms`);
    return within(done.promise, options, this.clock, late);
  }

  /** The newest change of an identity that is spread and has no outcome; looks through its partition. */
  find(partition: number, partitionKey: unknown, key: unknown): Pending | undefined {
    let found: Pending | undefined;
    for (const pending of this.#lanes[partition]?.pendings() ?? []) {
      if (Hidden.key(pending) !== key || Hidden.partitionKey(pending) !== partitionKey) continue;
      if (found === undefined || Hidden.table(pending).number > Hidden.table(found).number) found = pending;
    }
    return found;
  }

  updateOptions(options: LiveOptions): void {
    const named = liveOf('updateOptions', options);
    this.checkOpen();
    Object.assign(this.settings.live, named);
    if (named.concurrency !== undefined && this.pull === undefined) this.#gate.resize(named.concurrency);
    if (named.intervalMs !== undefined && this.table.since !== 0) {
      this.#arm(Math.max(0, this.table.since + named.intervalMs - this.clock.now()));
    }
    for (const lane of this.#lanes) lane.poke();
  }

  /** Ends it: accepts nothing more, and delivers what there is until the deadline. Hands back the rest. */
  close(deadlineMs: number | undefined): Promise<readonly Pending[]> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  stats(): BufferStats {
    const lanes = this.#lanes;
    const sum = (of: (lane: Lane) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
    const writing = this.table.entries.size;
    const queued = this.#router.left + sum(({ backlog }) => backlog.queued);
    const held = sum(({ backlog }) => backlog.held);
    const inFlight = sum((lane) => lane.inFlight);
    const retrying = sum((lane) => lane.retrying);
    const { delivered, dead, returned, coalesced, unconfirmed, calls } = this.#counts;
    const since = this.#unsettled[0]?.since ?? this.table.since;
    return {
      writing,
      queued,
      held,
      inFlight,
      retrying,
      waiting: this.room.waiting,
      entries: this.room.count,
      bytes: this.room.bytes,
      oldestMs: since === 0 ? 0 : this.clock.now() - since,
      lastError: this.#lastError,
      delivered,
      deadLettered: dead,
      coalesced,
      returned,
      unconfirmed,
      calls,
      stamps: 0,
      lost: this.#frozen - queued - held - inFlight - retrying - delivered - dead - returned - coalesced,
    };
  }

  async #close(deadlineMs: number | undefined): Promise<readonly Pending[]> {
    const reason = new StoreError('CLOSED', `the buffer ${this.settings.name} was closed`);
    this.open = false;
    this.room.refuse(reason);
    for (const lane of this.#lanes) lane.unpark();
    const rest = this.flush(undefined).catch(() => undefined);
    if (deadlineMs !== undefined) {
      const over = deferred<void>();
      const cancel = this.clock.after(deadlineMs, over.resolve, false);
      await Promise.race([rest, over.promise]);
      cancel();
    } else await rest;
    const left = this.#lanes.map((lane) => lane.end(reason));
    const all = [...left.flat(), ...this.#router.end()];
    this.#settled(all, 'returned');
    this.#cancelInterval?.();
    this.pull?.end();
    // A store that fails must not keep back what was not delivered.
    await this.journal?.close().catch((error: unknown) => void (this.#lastError = error));
    if (channels.stop.hasSubscribers) {
      const now = this.clock.now();
      const message = { buffer: this.settings.name, atMs: now, durationMs: now - this.#startedAt };
      channels.stop.publish({ ...message, undelivered: this.#back.length });
    }
    return this.#back;
  }

  #arm(delayMs: number): void {
    this.#cancelInterval?.();
    this.#cancelInterval = this.clock.after(delayMs, () => this.#interval(), false);
  }

  /** There is no room: what waits in the table should go on its way. */
  pressed(): void {
    this.#interval();
  }

  /** A swap while no partition could begin anything of it would only keep changes from being coalesced. */
  #interval(): void {
    if (this.#router.left === 0 && this.#lanes.some(({ backlog }) => backlog.queued === 0)) this.swap();
    else this.#due = true;
  }

  #idle(): void {
    if (this.#due && this.#router.left === 0) this.swap();
  }

  #called(unconfirmed: number, error: unknown): void {
    this.#counts.calls++;
    this.#counts.unconfirmed += unconfirmed;
    if (error !== undefined) this.#lastError = error;
  }

  /** Puts a change into the one that is held back before it; `false` when `merge` refuses. */
  #absorb(older: Pending, newer: Pending): boolean {
    try {
      this.#duties.coalesce(older, newer);
    } catch (error) {
      this.#lastError = error;
      return false;
    }
    Hidden.watch(older, Hidden.watchers(newer) ?? []);
    this.#counts.coalesced++;
    this.#forget(newer);
    Hidden.table(newer).outstanding--;
    this.#finishTables();
    return true;
  }

  #settled(pendings: readonly Pending[], outcome: Outcome, table?: Table): void {
    this.#counts[outcome] += pendings.length;
    this.room.count -= pendings.length;
    // Changes of one table that nobody watches and nobody weighs need no look, which would cost a miss each.
    if (table !== undefined && this.watchers === 0 && this.room.bytes === 0)
      table.outstanding -= pendings.length;
    else for (const pending of pendings) this.#leaves(pending, outcome);
    if (outcome === 'returned') this.#handBack(pendings);
    else this.#note(pendings);
    this.#finishTables();
    this.#admit();
  }

  #handBack(pendings: readonly Pending[]): void {
    for (const pending of pendings) Hidden.restore(pending);
    this.#back.push(...pendings);
  }

  #leaves(pending: Pending, outcome: Outcome): void {
    Hidden.table(pending).outstanding--;
    this.room.bytes -= Hidden.bytes(pending);
    this.#tellWatchers(Hidden.watchers(pending), outcome);
  }

  /** A journal that fails to forget makes a change come again, and nothing worse. */
  #note(pendings: readonly Pending[]): void {
    try {
      this.#duties.settled(pendings);
    } catch (error) {
      this.#lastError = error;
    }
  }

  #tellWatchers(watchers: readonly Deferred<void>[] | undefined, outcome: Outcome): void {
    if (watchers === undefined) return;
    const { name } = this.settings;
    this.watchers -= watchers.length;
    for (const { resolve, reject } of watchers) {
      if (outcome !== 'returned') resolve();
      else reject(new StoreError('CLOSED', `the buffer ${name} was closed before it was delivered`));
    }
  }

  #admit(): void {
    if (this.room.waiting === 0) return;
    this.room.admit();
    if (this.room.waiting > 0) this.pressed();
  }

  /** Gives back the room of a change. */
  #forget(pending: Pending): void {
    this.room.count--;
    this.room.bytes -= Hidden.bytes(pending);
  }

  /** Resolves the flushes whose tables are settled. */
  #finishTables(): void {
    if (this.#unsettled[0]?.outstanding !== 0) return;
    this.#unsettled = this.#unsettled.filter(({ outstanding }) => outstanding > 0);
    const first = this.#unsettled[0]?.number ?? Infinity;
    const finished = this.#flushes.filter(({ upTo }) => upTo < first);
    this.#flushes = this.#flushes.filter(({ upTo }) => upTo >= first);
    for (const { done } of finished) {
      if (this.#counts.returned === 0) done.resolve();
      else
        done.reject(
          new StoreError('CLOSED', `the buffer ${this.settings.name} was closed before all was delivered`),
        );
    }
  }
}
