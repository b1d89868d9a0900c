// A scripted engine: a map whose commits, durability, history and delivery are in the hands of the test.
import { StoreError } from '../../src/base/errors.ts';
import { compareUtf8 } from '../../src/base/utf8.ts';
import type { KeyCodec } from '../../src/contract/codec.ts';
import type {
  AsyncCore,
  Cell,
  PageReply,
  Reference,
  Reply,
  Stored,
  SyncCore,
} from '../../src/contract/core.ts';
import type { Engine } from '../../src/contract/engine.ts';
import type { Position } from '../../src/contract/position.ts';
import type { Scope, StoredChange } from '../../src/contract/services.ts';
import { manualClock, type ManualClock } from '../../src/conformance/manual-clock.ts';
import type { MapContext } from '../../src/map/context.ts';
import { ScriptedFeed } from './watch-scripted-feed.ts';

type Kind = StoredChange['kind'];
type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** One write: a key and its value, or `undefined` to remove it. */
export type Write = readonly [key: string, value: unknown, kind?: Kind | undefined, expiresAt?: number];

/** A value that cannot be decoded. */
export const BROKEN = Symbol('broken');

interface Commit {
  readonly partition: number;
  readonly version: number;
  readonly changes: readonly StoredChange[];
}

export interface ScriptOptions {
  readonly form?: 'sync' | 'async';
  /** `true`: commits are durable only when the test says so. */
  readonly durable?: boolean;
  /** `true`: keys that begin with `~` are in a second partition. */
  readonly split?: boolean;
  /** The most entries of a page, whatever is asked for. */
  readonly pageSize?: number;
  readonly onInvalid?: MapContext['onInvalid'];
}

export class Script {
  readonly clock: ManualClock = manualClock();
  readonly engine: Engine;
  readonly context: MapContext;
  readonly entries = new Map<string, Stored>();
  readonly feeds = new Set<ScriptedFeed>();
  /** All commits that were not taken back. */
  log: Commit[] = [];
  /** How many of them, from the oldest on, feeds cannot have any more. */
  forgotten = 0;
  lineage = 'one';
  versions: number[];
  /** Nothing above it is durable. */
  horizon = Infinity;
  /** How many commits of the log the feeds of an engine that answers later can have so far. */
  visible = Infinity;
  /** What the next reads or feeds throw. */
  fault: Error | undefined;
  /** Counts reads of the state. */
  reads = 0;
  /** While it is set, reads of an engine that answers later wait for it. */
  gate: Promise<void> | undefined;
  readonly #closing = new Set<() => void>();
  readonly #waiting: { readonly upTo: number; resolve(): void; reject(error: Error): void }[] = [];
  readonly #pageSize: number;
  #open = true;

  constructor({
    form = 'sync',
    durable = false,
    split = false,
    pageSize = Infinity,
    onInvalid,
  }: ScriptOptions = {}) {
    this.#pageSize = pageSize;
    this.versions = split ? [0, 0] : [0];
    if (durable) this.horizon = 0;
    this.engine = this.#makeEngine(form, durable);
    this.context = this.#makeContext(onInvalid);
  }

  /** One commit. */
  commit(...writes: Write[]): number {
    const partition = this.partition(writes[0]?.[0] ?? '');
    const version = (this.versions[partition] = (this.versions[partition] ?? 0) + 1);
    const changes: Mutable<StoredChange>[] = [];
    for (const [key, value, kind, expiresAt = 0] of writes) {
      const before = this.entries.get(key);
      const change: Mutable<StoredChange> = {
        kind: kind ?? (value === undefined ? 'delete' : before === undefined ? 'insert' : 'update'),
        map: 1,
        key,
        version,
        value: value as Cell | undefined,
        expiresAt,
        shape: 0,
        previous: before?.value,
        previousShape: 0,
        next: undefined,
      };
      if (value === undefined) this.entries.delete(key);
      else this.entries.set(key, { key, value: value as Reference, version, expiresAt, shape: 0 });
      changes.push(change);
    }
    this.log.push({ partition, version, changes });
    for (const feed of this.feeds) feed.wakeIfReady();
    return version;
  }

  /** Single commits. */
  put(...writes: Write[]): void {
    for (const write of writes) this.commit(write);
  }

  partition(key: string): number {
    return this.versions.length > 1 && key.startsWith('~') ? 1 : 0;
  }

  /** Everything up to a version, or so far, becomes durable. */
  flush(upTo: number = this.versions[0] ?? 0): void {
    this.horizon = upTo;
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.upTo <= upTo) waiting.resolve();
      else this.#waiting.push(waiting);
    }
    for (const feed of this.feeds) feed.wakeIfReady();
  }

  /** The commits that are not durable are taken back. */
  takeBack(): void {
    this.log = this.log.filter(({ version }) => version <= this.horizon);
    this.entries.clear();
    for (const { changes } of this.log) {
      for (const { key, value, version, expiresAt } of changes) {
        if (value === undefined) this.entries.delete(key);
        else this.entries.set(key, { key, value, version, expiresAt, shape: 0 });
      }
    }
    this.forgotten = Math.min(this.forgotten, this.log.length);
    for (const feed of this.feeds) feed.retract(this.log.length);
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new StoreError('FULL', 'no room'));
  }

  /** Feeds get everything up to now. */
  show(): void {
    this.visible = this.log.length;
    for (const feed of this.feeds) feed.wakeIfReady();
  }

  /** The history is lost. */
  forget(): void {
    this.forgotten = this.log.length;
    for (const feed of this.feeds) feed.wakeIfReady();
  }

  /** The map as it stands. */
  state(prefix = ''): Map<string, unknown> {
    const entries = [...this.entries].filter(([key]) => key.startsWith(prefix));
    return new Map(entries.map(([key, { value }]) => [key, value]));
  }

  /** How many wait for the map to be closed. */
  get minded(): number {
    return this.#closing.size;
  }

  close(): void {
    this.#open = false;
    for (const run of Array.from(this.#closing)) run();
  }

  #makeEngine(form: 'sync' | 'async', durable: boolean): Engine {
    const page: SyncCore['page'] = (_map, start, end, limit, reverse) =>
      this.#page(start, end, limit, reverse);
    const get: SyncCore['get'] = (_map, key) => this.#get(key);
    const later =
      <A extends unknown[], R>(word: (...args: A) => R) =>
      async (...args: A): Promise<R> => {
        await this.gate;
        return word(...args);
      };
    const core = form === 'sync' ? { page, get } : { page: later(page), get: later(get) };
    // SAFETY: a watch asks for nothing else of an engine.
    const lineage = (): string => this.lineage;
    const parts: object = {
      form,
      get lineage() {
        return lineage();
      },
      core: core as SyncCore & AsyncCore,
      clock: this.clock,
      supports: { partitions: this.versions.length },
      durable: durable ? (upTo: number) => this.#durable(upTo) : undefined,
      changes: (scope: Scope, from: Position | 'now') =>
        new ScriptedFeed(this, form === 'async', scope, from),
      position: async () => {
        await this.gate;
        if (form === 'async') setImmediate(() => this.show());
        return this.versions.map((version) => Math.min(version, this.horizon));
      },
    };
    return parts as Engine;
  }

  #makeContext(onInvalid: MapContext['onInvalid']): MapContext {
    const encodeKey = (key: unknown): string => {
      if (typeof key !== 'string' || key === '') throw new TypeError(`no key: ${String(key)}`);
      return key;
    };
    const id = (): number => {
      this.context.checkOpen();
      if (this.fault !== undefined) throw this.fault;
      return 1;
    };
    // SAFETY: a watch asks for nothing else of a context.
    const parts: object = {
      name: 'things',
      engine: this.engine,
      keys: { name: 'text', encode: encodeKey, decode: String, prefix: String } as KeyCodec<unknown>,
      onInvalid,
      id,
      idAsync: async () => id(),
      encodeKey,
      decodeKey: (text: string) => text,
      decode: ({ key, value }: Stored) => {
        if ((value as unknown) === BROKEN) throw new StoreError('CODEC', `broken: ${key}`);
        return value;
      },
      checkOpen: () => {
        if (!this.#open) throw new StoreError('CLOSED', 'closed');
      },
      onClose: (run: () => void) => {
        if (!this.#open) run();
        this.#closing.add(run);
        return () => void this.#closing.delete(run);
      },
    };
    return parts as MapContext;
  }

  #page(start: string, end: string | undefined, limit: number, reverse: boolean): PageReply {
    this.reads++;
    if (this.fault !== undefined) throw this.fault;
    const found = [...this.entries.values()]
      .filter(({ key }) => compareUtf8(key, start) >= 0 && (end === undefined || compareUtf8(key, end) < 0))
      .sort((a, b) => (reverse ? compareUtf8(b.key, a.key) : compareUtf8(a.key, b.key)));
    const size = Math.min(limit, this.#pageSize);
    return { at: Math.max(...this.versions), entries: found.slice(0, size), more: found.length > size };
  }

  #get(key: string): Reply {
    this.reads++;
    const entry = this.entries.get(key);
    return { ok: entry !== undefined, at: Math.max(...this.versions), entry };
  }

  #durable(upTo: number): Promise<void> {
    if (upTo <= this.horizon) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ upTo, resolve, reject }));
  }
}
