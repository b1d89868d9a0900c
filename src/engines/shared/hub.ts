import type { Cell, Stored } from '../../contract/core.ts';
import type { Position } from '../../contract/position.ts';
import type { Feed, FeedEvent, Scope } from '../../contract/services.ts';
import { Feeds } from '../../parts/feeds.ts';
import { type Chores, isBusy } from './busy.ts';
import { numberAt } from './entries.ts';
import { textAt } from './keys.ts';
import { RECORDING, RING_COUNT, RING_EPOCH, RING_FLOOR, RING_LOCK, T_SLEEPS } from './layout.ts';
import { afterMachineMs } from './liveness.ts';
import type { Local } from './local.ts';
import { damaged, threadAt } from './memory.ts';
import {
  HAS_OLD,
  HAS_VALUE,
  KIND_MASK,
  KINDS,
  LAST,
  OLD_NUMBER,
  putWordsAt,
  R_EXPIRES,
  R_KEY_BYTES,
  R_KIND,
  R_LENGTH,
  R_MAP,
  R_OLD_BYTES,
  R_SHAPES,
  R_VALUE_BYTES,
  R_VERSION,
  RECORD_WORDS,
  ringEnds,
  VALUE_NUMBER,
  wordsAt,
} from './ring.ts';
import { lockAll, lockWord, unlockAll, unlockWord } from './stripe-lock.ts';
import { newestVersion } from './versions.ts';

const HALF = 2 ** 32;
/** How often who waits looks by itself: a thread may die between its commit and its ringing. */
const LOOK_MS = 50;
/** Words copied out of the ring at a time, while its lock is held. */
const GULP_WORDS = 2 ** 16;

/**
 * The feeds of one thread: what all threads put into the ring is read into a history of the thread's own, from which its
 * feeds are served. A thread that fell behind the ring starts a new history, and its feeds get `gap`.
 */
export class Hub {
  readonly #local: Local;
  readonly #chores: Chores;
  readonly #feeds: Feeds;
  #started = false;
  #cursor = 0;
  #epoch = 0;
  #count = 0;
  /** Feeds that wait to be woken. */
  readonly #sleeping = new Set<SharedFeed>();
  #gulp = new Int32Array(0);
  #look: (() => void) | undefined;

  /** @param limit - the most changes kept for the feeds of this thread */
  constructor(local: Local, chores: Chores, limit: number) {
    this.#local = local;
    this.#chores = chores;
    this.#feeds = new Feeds(limit, Infinity);
  }

  /** `true` when some feed must be woken by the next change. */
  get waits(): boolean {
    return this.#sleeping.size > 0;
  }

  get size(): number {
    return this.#feeds.size;
  }

  get lag(): number {
    return this.#feeds.lag;
  }

  get historySize(): number {
    return this.#feeds.historySize;
  }

  /** The newest commit that everybody can read of. */
  position(): Position {
    const { m } = this.#local;
    lockWord(m, RING_LOCK);
    const version = newestVersion(m);
    unlockWord(m, RING_LOCK);
    return [version];
  }

  open(scope: Scope, from: Position | 'now'): Feed {
    this.#start();
    // In this order: what has been told up to the version is in the history by then.
    const [version = 0] = this.position();
    this.#pump();
    return new SharedFeed(this, this.#feeds.open(scope, from, version));
  }

  /** Reads what is new in the ring. */
  pump(): void {
    if (this.#started && Atomics.load(this.#local.m.words, RING_COUNT) !== this.#count) this.#pump();
  }

  /** A feed waits to be woken. */
  sleep(feed: SharedFeed): void {
    if (this.#sleeping.has(feed)) return;
    this.#sleeping.add(feed);
    this.#armLook();
    this.#doze();
  }

  /** A feed was woken, or waits no longer. */
  woke(feed: SharedFeed): void {
    this.#sleeping.delete(feed);
  }

  /** Another thread rang. What goes wrong is met by those who wait, when they look. */
  rang(): void {
    try {
      this.pump();
      if (this.waits) this.#doze();
    } catch (error) {
      if (isBusy(error)) throw error;
      for (const feed of this.#sleeping) feed.rouse();
    }
  }

  /** Ends all feeds; memory is not touched any more. */
  close(): void {
    this.#started = false;
    this.#look?.();
    this.#look = undefined;
    this.#feeds.close();
  }

  #armLook(): void {
    this.#look ??= afterMachineMs(LOOK_MS, () => {
      this.#look = undefined;
      if (!this.waits) return;
      this.#armLook();
      this.#chores.persist(() => this.rang());
    });
  }

  /** Says that this thread sleeps, and looks once more. */
  #doze(): void {
    const { m } = this.#local;
    if (!this.#started) return;
    Atomics.store(m.words, threadAt(m, m.me) + T_SLEEPS, 1);
    this.pump();
  }

  #start(): void {
    if (this.#started) return;
    const { m } = this.#local;
    if (Atomics.load(m.words, RECORDING) === 0) {
      // Under all locks, so that no commit is under way that nobody tells of.
      m.patient = true;
      try {
        lockAll(m, true);
      } finally {
        m.patient = false;
      }
      if (m.words[RECORDING] === 0) putWordsAt(m, RING_FLOOR, newestVersion(m));
      Atomics.store(m.words, RECORDING, 1);
      unlockAll(m);
    }
    this.#started = true;
    this.#restart();
  }

  /** Begins the history where the ring's begins. */
  #restart(): void {
    const { m } = this.#local;
    lockWord(m, RING_LOCK);
    let floor = 0;
    try {
      this.#cursor = ringEnds(m).tail;
      this.#epoch = m.words[RING_EPOCH] as number;
      floor = wordsAt(m, RING_FLOOR);
    } finally {
      unlockWord(m, RING_LOCK);
    }
    if (!this.#feeds.recording) this.#feeds.open(NOBODY, 'now', floor).close();
    else this.#feeds.reset(floor);
  }

  #pump(): void {
    const { m } = this.#local;
    const size = 1 << m.layout.ringBits;
    for (;;) {
      let lost = false;
      let length = 0;
      lockWord(m, RING_LOCK);
      try {
        const { tail, head } = ringEnds(m);
        lost = this.#cursor < tail || this.#cursor > head || m.words[RING_EPOCH] !== this.#epoch;
        this.#count = m.words[RING_COUNT] as number;
        if (!lost && head > this.#cursor) {
          length = this.#room(head - this.#cursor);
          this.#copy(size, length);
        }
      } finally {
        unlockWord(m, RING_LOCK);
      }
      if (lost) this.#restart();
      else if (length === 0) return;
      else this.#cursor += this.#decode(length);
    }
  }

  /** How much is copied at once: whole records, and at least one. */
  #room(length: number): number {
    const { m } = this.#local;
    const size = 1 << m.layout.ringBits;
    const first = (m.words[m.layout.ringAt + (this.#cursor % size)] as number) & ~LAST;
    const words = Math.min(length, Math.max(GULP_WORDS, first));
    if (words > this.#gulp.length) this.#gulp = new Int32Array(words);
    return words;
  }

  #copy(size: number, length: number): void {
    const { words, layout } = this.#local.m;
    const from = this.#cursor % size;
    const before = Math.min(length, size - from);
    this.#gulp.set(words.subarray(layout.ringAt + from, layout.ringAt + from + before), 0);
    if (before < length)
      this.#gulp.set(words.subarray(layout.ringAt, layout.ringAt + length - before), before);
  }

  /** Hands the whole records that were copied to the feeds; how many words they have. */
  #decode(length: number): number {
    const words = this.#gulp;
    let at = 0;
    while (at < length) {
      const mark = words[at + R_LENGTH] as number;
      const record = mark & ~LAST;
      if (record < RECORD_WORDS || at + record > length) break;
      this.#tell(words, at);
      if ((mark & LAST) !== 0) this.#feeds.seal(versionAt(words, at));
      at += record;
    }
    if (at === 0) throw damaged('the ring of changes');
    return at;
  }

  #tell(words: Int32Array, at: number): void {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    const kind = words[at + R_KIND] as number;
    const keyBytes = words[at + R_KEY_BYTES] as number;
    const valueBytes = words[at + R_VALUE_BYTES] as number;
    const oldBytes = words[at + R_OLD_BYTES] as number;
    const shapes = words[at + R_SHAPES] as number;
    const version = versionAt(words, at);
    const key = textAt(bytes, (at + RECORD_WORDS) * 4, keyBytes);
    let place = at + RECORD_WORDS + ((keyBytes + 3) >> 2);
    const cell = (has: number, number: number, length: number): Cell | undefined => {
      if ((kind & has) === 0) return undefined;
      const from = place;
      place += (length + 3) >> 2;
      return (kind & number) === 0 ? bytes.slice(from * 4, from * 4 + length) : numberAt(words, from);
    };
    const value = cell(HAS_VALUE, VALUE_NUMBER, valueBytes);
    const old = cell(HAS_OLD, OLD_NUMBER, oldBytes);
    const expiresAt =
      (words[at + R_EXPIRES + 1] as number) * HALF + ((words[at + R_EXPIRES] as number) >>> 0);
    const before: Stored | undefined =
      old === undefined ? undefined : { key, value: old, version: 0, shape: shapes >>> 16 };
    // SAFETY: a change has one of the two.
    const entry: Stored = { key, value: (value ?? old) as Cell, version, expiresAt, shape: shapes & 0xffff };
    this.#feeds.append(
      KINDS[kind & KIND_MASK] ?? 'update',
      words[at + R_MAP] as number,
      entry,
      before,
      version,
    );
  }
}

function versionAt(words: Int32Array, at: number): number {
  return (words[at + R_VERSION + 1] as number) * HALF + ((words[at + R_VERSION] as number) >>> 0);
}

/** A scope that nothing is in. */
const NOBODY: Scope = { map: 0, key: undefined, prefix: '', previous: false };

/** A feed of one thread that first looks into the ring. */
class SharedFeed implements Feed {
  readonly begin: Promise<Position>;
  readonly #hub: Hub;
  readonly #inner: Feed;
  #wake: (() => void) | undefined;

  constructor(hub: Hub, inner: Feed) {
    this.begin = inner.begin;
    this.#hub = hub;
    this.#inner = inner;
  }

  get lag(): number {
    this.#hub.pump();
    return this.#inner.lag;
  }

  take(): FeedEvent | undefined {
    this.#hub.pump();
    return this.#inner.take();
  }

  onReady(wake: () => void): void {
    let waits = true;
    const once = (): void => {
      if (!waits) return;
      waits = false;
      this.#rest();
      wake();
    };
    this.#wake = once;
    this.#inner.onReady(once);
    this.#hub.sleep(this);
  }

  /** Has its reader look, in a later turn. */
  rouse(): void {
    const wake = this.#wake;
    if (wake !== undefined) queueMicrotask(wake);
  }

  close(): void {
    this.#rest();
    this.#inner.close();
  }

  #rest(): void {
    this.#wake = undefined;
    this.#hub.woke(this);
  }
}
