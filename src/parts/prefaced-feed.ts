import type { Position } from '../contract/position.ts';
import type { Feed, FeedEvent, StoredChange } from '../contract/services.ts';

/** A feed that begins with commits read from a disk and goes on with another feed. */
export class PrefacedFeed implements Feed {
  readonly begin: Promise<Position>;
  readonly #rest: Feed;
  readonly #horizon: () => number;
  readonly #onClose: (feed: PrefacedFeed) => void;
  /** Commits not delivered yet, oldest last. */
  #preface: StoredChange[];
  #wake: (() => void) | undefined;

  /**
   * @param preface - first changes of commits, oldest first
   * @param rest - begins behind all of them
   * @param horizon - version up to which commits are durable
   */
  constructor(
    begin: number,
    preface: readonly StoredChange[],
    rest: Feed,
    horizon: () => number,
    onClose: (feed: PrefacedFeed) => void,
  ) {
    this.begin = Promise.resolve([begin]);
    this.#preface = preface.toReversed();
    this.#rest = rest;
    this.#horizon = horizon;
    this.#onClose = onClose;
  }

  get lag(): number {
    return this.#preface.length + this.#rest.lag;
  }

  take(): FeedEvent | undefined {
    const first = this.#preface.at(-1);
    if (first === undefined) return this.#rest.take();
    if (first.version > this.#horizon()) return undefined;
    this.#preface.pop();
    return { kind: 'commit', partition: 0, first };
  }

  onReady(wake: () => void): void {
    const first = this.#preface.at(-1);
    if (first === undefined) this.#rest.onReady(wake);
    else if (first.version <= this.#horizon()) queueMicrotask(wake);
    else this.#wake = wake;
  }

  close(): void {
    this.#preface = [];
    this.#wake = undefined;
    this.#rest.close();
    this.#onClose(this);
  }

  /** Looks again: more is durable, or less will be delivered. */
  look(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake !== undefined) this.onReady(wake);
  }

  /** Takes back the commits above a version. */
  retract(after: number): void {
    this.#preface = this.#preface.filter(({ version }) => version <= after);
    this.look();
  }
}
