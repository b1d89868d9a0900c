import { deferred, type Deferred } from '../../base/deferred.ts';

/** The most calls in one request. */
const MOST_CALLS = 100;
/** The most bytes of keys and values in one request. */
const MOST_BYTES = 1_000_000;
/** The most requests that are under way. */
const MOST_UNDER_WAY = 4;

/** A call that waits for its request. */
export interface Gathered<Call, Answer> extends Deferred<Answer> {
  readonly key: string;
  readonly call: Call;
  readonly bytes: number;
  readonly partition: number;
}

/**
 * Sends calls together: those of one turn of the event loop, and those that came while enough requests were
 * under way. Where keys are distinct, a key is in one request at a time and its calls keep their order.
 */
export class Gatherer<Call, Answer> {
  readonly #most: number;
  readonly #distinct: boolean;
  readonly #send: (batch: readonly Gathered<Call, Answer>[]) => Promise<void>;
  /** The last call of each key, where keys are distinct. */
  readonly #last = new Map<string, Gathered<Call, Answer>>();
  readonly #flying = new Set<string>();
  #waiting: Gathered<Call, Answer>[] = [];
  #underWay = 0;
  #armed = false;

  /**
   * @param most - how many calls fit into a request
   * @param distinct - whether a key may come once in a request
   * @param send - answers all calls of a batch, of one partition; what it throws rejects those not answered
   */
  constructor(
    most: number,
    distinct: boolean,
    send: (batch: readonly Gathered<Call, Answer>[]) => Promise<void>,
  ) {
    this.#most = Math.min(most, MOST_CALLS);
    this.#distinct = distinct;
    this.#send = send;
  }

  add(key: string, call: Call, bytes: number, partition: number): Promise<Answer> {
    const gathered = { ...deferred<Answer>(), key, call, bytes, partition };
    this.#waiting.push(gathered);
    if (this.#distinct) this.#last.set(key, gathered);
    this.#arm();
    return gathered.promise;
  }

  /** Resolves when the calls of a key so far have been answered; `undefined` when they have. */
  settled(key: string): Promise<unknown> | undefined {
    return this.#last.get(key)?.promise.then(noop, noop);
  }

  #arm(): void {
    if (this.#armed || this.#underWay >= MOST_UNDER_WAY || this.#waiting.length === 0) return;
    this.#armed = true;
    setImmediate(() => {
      this.#armed = false;
      while (this.#underWay < MOST_UNDER_WAY) {
        const batch = this.#pick();
        if (batch.length === 0) return;
        void this.#carry(batch);
      }
    });
  }

  /** The next batch, in the order of the calls; what does not fit stays. */
  #pick(): Gathered<Call, Answer>[] {
    const batch: Gathered<Call, Answer>[] = [];
    const rest: Gathered<Call, Answer>[] = [];
    let bytes = 0;
    /** Keys that may not come, because an earlier call of theirs has to go first. */
    const held = this.#distinct ? new Set(this.#flying) : undefined;
    for (const [at, each] of this.#waiting.entries()) {
      const [first = each] = batch;
      const full = batch.length === this.#most || (batch.length > 0 && bytes + each.bytes > MOST_BYTES);
      if (full) {
        for (let left = at; left < this.#waiting.length; left++) rest.push(this.#waiting[left] ?? each);
        break;
      }
      if (held?.has(each.key) || each.partition !== first.partition) rest.push(each);
      else {
        batch.push(each);
        bytes += each.bytes;
      }
      held?.add(each.key);
    }
    this.#waiting = rest;
    return batch;
  }

  async #carry(batch: readonly Gathered<Call, Answer>[]): Promise<void> {
    this.#underWay++;
    if (this.#distinct) for (const { key } of batch) this.#flying.add(key);
    try {
      await this.#send(batch);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#underWay--;
    if (this.#distinct) {
      for (const each of batch) {
        this.#flying.delete(each.key);
        if (this.#last.get(each.key) === each) this.#last.delete(each.key);
      }
    }
    this.#arm();
  }
}

function noop(): void {
  // What became of a call is told to its caller.
}
