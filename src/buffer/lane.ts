import type { CancelTimer, Clock } from '../base/clock.ts';
import { Attempt } from './attempt.ts';
import type { Verdict } from './attempt.ts';
import { Backlog } from './backlog.ts';
import type { Coalesce } from './backlog.ts';
import { channels } from './channels.ts';
import type { Gate, Guest } from './gate.ts';
import { Job } from './job.ts';
import type { Live } from './options.ts';
import type { Pace } from './pace.ts';
import { Hidden } from './pending.ts';
import type { Pending, Table } from './pending.ts';
import type { DeadLetterHandler, Processor } from './processor.ts';

/** How many batches may wait for their repetition before a partition takes nothing new. */
const UNCONFIRMED_BATCHES = 4;

/** How a change ended: confirmed, given up to a handler, or handed back by `close`. */
export type Outcome = 'delivered' | 'dead' | 'returned';

/** A change to be given up, and what it failed with. */
interface Letter {
  readonly pending: Pending;
  readonly error: unknown;
}

/** What partitions share. */
export interface LaneHost {
  readonly name: string;
  readonly live: Live;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly pace: Pace;
  readonly processor: Processor<unknown>;
  readonly onDeadLetter: DeadLetterHandler<unknown> | undefined;
  /** `true`: all of a partition is in order, not only each identity. */
  readonly strict: boolean;
  /** `true`: nothing more is accepted. */
  readonly closing: () => boolean;
  readonly random: () => number;
  readonly coalesce: Coalesce;
  present(pendings: readonly Pending[]): readonly unknown[];
  /** @param table - the one that all of them are from, as far as that is known */
  settled(pendings: readonly Pending[], outcome: Outcome, table?: Table): void;
  /** A call ended, and left this many unconfirmed. */
  called(unconfirmed: number, error: unknown): void;
  /**
   * Resolves when the journal, if there is one, is durable as it stands. Each batch waits for it: after a crash
   * what comes again is what was handed over, and never a change behind a later one of its key.
   */
  readonly durable: (() => Promise<void>) | undefined;
  /** The partition has nothing that waits for its first time. */
  idle(): void;
}

/**
 * One partition: at most one batch of it is with the processor. A batch that fails waits for its repetition
 * beside the others; its identities are blocked until they have their outcome.
 */
export class Lane {
  readonly backlog: Backlog;
  readonly #index: number;
  readonly #host: LaneHost;
  readonly #guest: Guest = { admitted: () => void this.#run() };
  /** Repetitions whose time has come, in order. */
  #ready: Job[] = [];
  /** Repetitions that wait for their time. */
  readonly #waiting = new Map<Job, CancelTimer>();
  /** Given up, but nobody takes it. */
  readonly #parked = new Map<Job, CancelTimer>();
  /** What of the batch under way has no outcome and is nowhere else. */
  #running: readonly Pending[] = [];
  #attempt: Attempt | undefined;
  /** `true` from getting in line to the end of the batch. */
  #busy = false;
  #ended = false;

  constructor(index: number, host: LaneHost) {
    this.#index = index;
    this.#host = host;
    this.backlog = new Backlog(host.coalesce, () => host.live.batchSize);
  }

  /** How many are with the processor, or with the handler of dead letters. */
  get inFlight(): number {
    return this.#running.length;
  }

  /** How many wait for their repetition. */
  get retrying(): number {
    let sum = 0;
    for (const { pendings } of this.#repetitions()) sum += pendings.length;
    return sum;
  }

  /** Gets in line for the processor if there is something for it. */
  poke(): void {
    if (this.#busy || this.#ended || !this.#hasWork()) return;
    this.#busy = true;
    this.#host.gate.enter(this.#guest);
  }

  /** Tries once more what nobody took. */
  unpark(): void {
    for (const [job, cancel] of this.#parked) {
      cancel();
      this.#ready.push(job);
    }
    this.#parked.clear();
    this.poke();
  }

  /** Ends it: all that has no outcome, in the order of each identity. What is under way is ignored. */
  end(reason: Error): Pending[] {
    const left = [this.#running, ...Array.from(this.#repetitions(), ({ pendings }) => pendings)];
    const all = [...left.flat(), ...this.backlog.all()];
    this.#ended = true;
    for (const cancel of [...this.#waiting.values(), ...this.#parked.values()]) cancel();
    this.#ready = [];
    this.#waiting.clear();
    this.#parked.clear();
    this.backlog.clear();
    this.#running = [];
    this.#attempt?.cut(reason);
    return all;
  }

  /** Every change of the partition. */
  *pendings(): Iterable<Pending> {
    yield* this.#running;
    for (const job of this.#repetitions()) yield* job.pendings;
    yield* this.backlog.all();
  }

  *#repetitions(): Iterable<Job> {
    yield* this.#ready;
    yield* this.#waiting.keys();
    yield* this.#parked.keys();
  }

  #hasWork(): boolean {
    if (this.#ready.length > 0) return true;
    return this.#mayBegin() && this.backlog.ready();
  }

  #mayBegin(): boolean {
    if (this.#host.strict) return this.#waiting.size + this.#parked.size === 0;
    return this.#waiting.size < UNCONFIRMED_BATCHES;
  }

  async #run(): Promise<void> {
    const { gate, pace } = this.#host;
    let job = this.#ended ? undefined : this.#ready.shift();
    if (job === undefined && !this.#ended && this.#mayBegin()) {
      job = this.backlog.cut();
      this.#handBack();
    }
    if (job !== undefined) {
      const size = job.pendings.length;
      this.#running = job.pendings;
      await this.#host.durable?.();
      if (!this.#ended) await this.#try(job);
      await pace.spend(size);
    }
    this.#busy = false;
    gate.leave();
    if (this.#ended) return;
    this.poke();
    if (this.backlog.queued === 0) this.#host.idle();
  }

  async #try(job: Job): Promise<void> {
    const host = this.#host;
    const of = { buffer: host.name, partition: this.#index, attempt: job.attempt };
    const size = job.pendings.length;
    // A list of its own each time: a processor that changes what it was given must not change what is repeated.
    const batch = job.attempt === 1 ? host.present(job.pendings) : this.#presentAgain(job.pendings);
    const started = host.clock.now();
    if (channels.flushStart.hasSubscribers) channels.flushStart.publish({ ...of, atMs: started, size });
    const letters = await this.#call(host.processor, batch, job.attempt, (verdict) => {
      const failed = verdict.kind === 'done' ? 0 : verdict.kind === 'some' ? verdict.failures.size : size;
      if (channels.flushStop.hasSubscribers) {
        const now = host.clock.now();
        channels.flushStop.publish({ ...of, atMs: now, size, durationMs: now - started, failed });
      }
      return this.#judge(job, verdict);
    });
    for (const letter of letters ?? []) {
      if (!this.#ended) await this.#giveUp(letter, job.attempt);
    }
  }

  /** What the processor sees of changes that it had before. */
  #presentAgain(pendings: readonly Pending[]): readonly unknown[] {
    for (const pending of pendings) Hidden.restore(pending);
    return this.#host.present(pendings);
  }

  /** Calls a processor or a handler. Its verdict is judged at once, unless everything was taken back. */
  #call<T>(
    processor: Processor<unknown>,
    batch: readonly unknown[],
    attempt: number,
    judge: (verdict: Verdict) => T,
  ): Promise<T | undefined> {
    const { live, clock } = this.#host;
    return new Promise((resolve) => {
      const of = { partition: this.#index, attempt };
      this.#attempt = new Attempt(processor, batch, of, live.timeoutMs, clock, (verdict) =>
        resolve(this.#ended ? undefined : judge(verdict)),
      );
    });
  }

  /** Puts each change of a batch where it belongs now; those to give up stay in flight. */
  #judge(job: Job, verdict: Verdict): readonly Letter[] {
    const { pendings } = job;
    switch (verdict.kind) {
      case 'done':
        this.#host.called(0, undefined);
        this.#settle(pendings, 'delivered', job.table);
        return [];
      case 'some':
        return this.#some(job, verdict.failures);
      case 'failed': {
        const { error } = verdict;
        this.#host.called(pendings.length, error);
        this.#tell(job, pendings, error);
        const [pending] = pendings;
        if (this.#repeats(job)) this.#later(job.again(), error);
        else if (pending !== undefined && pendings.length === 1) return [{ pending, error }];
        else this.#divide(job);
        return [];
      }
    }
  }

  /** All but some are confirmed. */
  #some(job: Job, failures: ReadonlyMap<number, unknown>): readonly Letter[] {
    const places = Array.from(job.pendings.keys());
    const failing = places.filter((place) => failures.has(place));
    const confirmed = job.pendings.filter((_, place) => !failures.has(place));
    const rest = job.part(failing);
    const errors = failing.map((place) => failures.get(place));
    this.#running = rest.pendings;
    this.#host.called(0, errors[0]);
    this.#settle(confirmed, 'delivered');
    this.#tell(job, rest.pendings, errors[0]);
    if (!this.#repeats(job)) return rest.pendings.map((pending, i) => ({ pending, error: errors[i] }));
    this.#later(rest, errors[0]);
    return [];
  }

  #divide(job: Job): void {
    this.#block(job.pendings);
    this.#running = [];
    this.#ready.unshift(...job.halves());
  }

  #repeats(job: Job): boolean {
    return !job.last && job.attempt < this.#host.live.attempts;
  }

  #tell(job: Job, pendings: readonly Pending[], error: unknown): void {
    if (!channels.failure.hasSubscribers) return;
    const { name: buffer, clock } = this.#host;
    const entries = this.#presentAgain(pendings);
    channels.failure.publish({
      buffer,
      partition: this.#index,
      attempt: job.attempt,
      atMs: clock.now(),
      error,
      entries,
    });
  }

  /** Repeats a batch after its wait. */
  #later(job: Job, error: unknown): void {
    const { live, clock, random, name: buffer } = this.#host;
    const wait = Math.min(live.maxMs, live.baseMs * 2 ** (job.attempt - 2));
    const delayMs = wait * (0.5 + random() / 2);
    this.#block(job.pendings);
    const due = (): void => {
      this.#waiting.delete(job);
      this.#ready.push(job);
      this.poke();
    };
    this.#running = [];
    this.#waiting.set(job, clock.after(delayMs, due, false));
    if (!channels.retry.hasSubscribers) return;
    const size = job.pendings.length;
    const message = { buffer, partition: this.#index, attempt: job.attempt, atMs: clock.now() };
    channels.retry.publish({ ...message, size, delayMs, error });
  }

  /** Hands one change to whoever takes dead letters; kept when nobody does. */
  async #giveUp({ pending, error }: Letter, attempts: number): Promise<void> {
    const { onDeadLetter, clock, name: buffer } = this.#host;
    const [entry] = this.#presentAgain([pending]);
    const letter = { entry, error, attempts };
    if (onDeadLetter === undefined) {
      this.#keep(pending, attempts);
      return;
    }
    await this.#call(
      (_, context) => onDeadLetter(letter, context),
      [],
      attempts,
      (verdict) => {
        if (verdict.kind === 'failed') {
          this.#host.called(0, verdict.error);
          this.#keep(pending, attempts);
          return;
        }
        this.#settle([pending], 'dead');
        if (!channels.deadLetter.hasSubscribers) return;
        channels.deadLetter.publish({ buffer, partition: this.#index, atMs: clock.now(), ...letter });
      },
    );
  }

  /** Nobody takes it: it stays, to be tried now and then, or goes back to whoever closes. */
  #keep(pending: Pending, attempts: number): void {
    const { live, clock, closing, strict } = this.#host;
    if (closing()) {
      // What came later for its key goes back with it, so that what is handed back is never older than
      // what was delivered.
      if (!strict) this.backlog.withdraw(pending);
      this.#settle([pending], 'returned');
      this.#handBack();
      return;
    }
    const job = new Job([pending], attempts + 1, true);
    const again = (): void => {
      this.#parked.delete(job);
      this.#ready.push(job);
      this.poke();
    };
    this.#block([pending]);
    this.#running = this.#running.filter((each) => each !== pending);
    this.#parked.set(job, clock.after(live.maxMs, again, true));
  }

  #handBack(): void {
    const withdrawn = this.backlog.takeWithdrawn();
    if (withdrawn.length > 0) this.#host.settled(withdrawn, 'returned');
  }

  #block(pendings: readonly Pending[]): void {
    if (!this.#host.strict) this.backlog.block(pendings);
  }

  #settle(pendings: readonly Pending[], outcome: Outcome, table?: Table): void {
    if (this.#running === pendings) this.#running = [];
    else if (pendings.length === 1) this.#running = this.#running.filter((each) => each !== pendings[0]);
    this.#host.settled(pendings, outcome, table);
    this.backlog.release(pendings);
  }
}
