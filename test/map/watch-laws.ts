// A reader who checks every law with every change it takes.
import assert from 'node:assert/strict';
import { parseBookmark, type Position } from '../../src/contract/position.ts';
import type { Watch } from '../../src/contract/watch.ts';
import type { AnyChange } from '../../src/map/watch-change.ts';
import { createWatch } from '../../src/map/watch.ts';
import { turns } from './watch-reading.ts';
import type { Made, Subject } from './watch-subjects.ts';

type State = Map<unknown, { readonly value: unknown; readonly expiresAt: number }>;

export interface LawOptions {
  readonly prefix: string;
  readonly queueLimit: number;
}

export class LawfulReader {
  readonly #subject: Subject;
  readonly #options: LawOptions;
  /** Where it could go on, and what it held there. */
  readonly #saved: { readonly bookmark: string; readonly state: State }[] = [];
  #watch: Watch<unknown, unknown>;
  #state: State = new Map();
  /** `true` between a start at the state, or a reset, and live. */
  #replaying: boolean;
  #live = false;
  /** `true` until the first `live` of a reader who did not ask for the state. */
  #fromNow: boolean;
  /** Per partition, the version up to which it has all. */
  #reached: Position = [];
  /** Keys of the commit that is being read. */
  #keys: unknown[] = [];
  #pending: Promise<void> | undefined;
  #arrived: AnyChange | undefined;

  constructor(subject: Subject, start: 'now' | 'current', options: LawOptions) {
    this.#subject = subject;
    this.#options = options;
    this.#watch = createWatch(subject.context, { ...options, start });
    this.#replaying = start === 'current';
    this.#fromNow = start === 'now';
  }

  /** Takes up to so many changes, as long as there are any. */
  async read(most: number): Promise<number> {
    for (let i = 0; i < most; i++) {
      const watch = this.#watch;
      this.#pending ??= watch.next().then(({ value }) => {
        if (watch === this.#watch) this.#arrived = value;
      });
      if (this.#arrived === undefined) await Promise.race([this.#pending, turns()]);
      const change: AnyChange | undefined = this.#arrived;
      if (change === undefined) return i;
      this.#arrived = this.#pending = undefined;
      this.#check(change);
    }
    return most;
  }

  /** Goes on from a bookmark taken before, with what was held then. */
  async restart(which: number): Promise<void> {
    const saved = this.#saved[which % this.#saved.length];
    if (saved === undefined) return;
    const watch = this.#watch;
    this.#watch = createWatch(this.#subject.context, { ...this.#options, start: saved.bookmark });
    await watch.close();
    this.#arrived = this.#pending = undefined;
    this.#state = new Map(saved.state);
    this.#replaying = false;
    this.#live = false;
    this.#keys = [];
    this.#reached = parseBookmark(saved.bookmark).position ?? [];
  }

  /** Reads to the end and compares with what there is. */
  async finish(): Promise<void> {
    this.#subject.settle();
    while ((await this.read(1_000)) > 0);
    assert.ok(this.#live, 'live in the end');
    this.#compare(undefined);
    await this.#watch.close();
  }

  #check(change: AnyChange): void {
    const { bookmark } = change;
    const at = parseBookmark(bookmark).position;
    assert.equal(this.#watch.bookmark, bookmark);
    const state = change.type === 'reset' || (this.#replaying && change.type !== 'live');
    assert.equal(at === undefined, state, 'a bookmark of the state starts over');
    switch (change.type) {
      case 'reset':
        this.#state = new Map();
        this.#replaying = true;
        this.#live = false;
        this.#keys = [];
        return;
      case 'live':
        assert.equal(this.#live, false, 'live once per catch-up');
        this.#live = true;
        if (this.#fromNow) this.#state = this.#stateAt(at);
        this.#fromNow = false;
        assert.deepEqual(this.#keys, [], 'Atomic');
        this.#replaying = false;
        this.#reach(at);
        break;
      case 'progress':
        assert.equal(this.#replaying, false);
        assert.deepEqual(this.#keys, [], 'Atomic');
        this.#reach(at);
        break;
      default:
        this.#apply(change, at);
    }
    this.#saved.push({ bookmark, state: new Map(this.#state) });
  }

  #apply(change: Extract<AnyChange, { key: unknown }>, at: Position | undefined): void {
    const { key, version } = change;
    const put = change.type === 'insert' || change.type === 'update';
    if (put) this.#state.set(key, { value: change.value, expiresAt: change.expiresAt ?? 0 });
    else this.#state.delete(key);
    assert.equal(change.replay, this.#replaying ? true : undefined);
    if (this.#replaying) return;
    const partition = this.#subject.partition(String(key));
    assert.ok(version > (this.#reached[partition] ?? 0), 'Ordered and Unique');
    this.#keys.push(key);
    if (at?.[partition] !== version) return;
    const commit = this.#subject
      .made()
      .find((made) => made.version === version && made.partition === partition);
    const keys = commit?.changes.map((each) => each.key).filter((each) => this.#wants(each));
    assert.deepEqual(this.#keys, keys, 'Atomic');
    this.#keys = [];
    this.#reach(at);
  }

  /** Everything up to a position was delivered: Reliable, Bookmarkable. */
  #reach(position: Position | undefined): void {
    assert.ok(
      position?.every((version, i) => version >= (this.#reached[i] ?? 0)),
      'Ordered',
    );
    this.#reached = position ?? [];
    this.#compare(position);
  }

  #compare(position: Position | undefined): void {
    assert.deepEqual(
      this.#alive(this.#state),
      this.#alive(this.#stateAt(position)),
      `the state at ${position?.join(' ')}`,
    );
  }

  #stateAt(position: Position | undefined): State {
    const state: State = new Map();
    for (const made of this.#subject.made()) {
      if (position === undefined || made.version <= (position[made.partition] ?? 0)) replay(state, made);
    }
    return new Map([...state].filter(([key]) => this.#wants(String(key))));
  }

  /** What has not expired, in key order. */
  #alive(state: State): [unknown, unknown][] {
    const now = this.#subject.context.engine.clock.now();
    const alive = [...state].filter(([, { expiresAt }]) => expiresAt === 0 || expiresAt > now);
    return alive
      .map(([key, { value }]): [unknown, unknown] => [key, value])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  }

  #wants(key: string): boolean {
    return key.startsWith(this.#options.prefix);
  }
}

function replay(state: State, { changes }: Made): void {
  for (const { key, value, expiresAt } of changes) {
    if (value === undefined) state.delete(key);
    else state.set(key, { value, expiresAt });
  }
}
