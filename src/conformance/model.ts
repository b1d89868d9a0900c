import { isDeepStrictEqual } from 'node:util';
import type { Range, Ttl, WriteCondition } from '../contract/calls.ts';
import type { Stamp } from '../contract/entry.ts';

/**
 * What stands at a key of the model.
 *
 * @example
 * ```ts
 * import { Model, type ModelEntry } from 'samemap/conformance';
 * const model = new Model();
 * model.set('users', 'ada', 1);
 * const entry: ModelEntry | undefined = model.entry('users', 'ada');
 * ```
 */
export interface ModelEntry {
  readonly key: string;
  readonly value: unknown;
  /** A number of the model: says which of two commits was later, and nothing else. */
  readonly version: number;
  /** Milliseconds since the epoch, `undefined` for never. */
  readonly expiresAt: number | undefined;
  readonly stamp: Stamp | undefined;
}

/**
 * What the model says that a write does.
 *
 * @example
 * ```ts
 * import { Model, type ModelOutcome } from 'samemap/conformance';
 * const outcome: ModelOutcome = new Model().set('users', 'ada', 1, { ifPresent: true });
 * if (outcome.ok) throw new Error('nothing was there');
 * ```
 */
export type ModelOutcome =
  | { readonly ok: true; readonly version: number; readonly entry: ModelEntry | undefined }
  | { readonly ok: false; readonly current: ModelEntry | undefined };

/**
 * A check, or a write, of an atomic commit.
 *
 * @example
 * ```ts
 * import { Model, type ModelStep } from 'samemap/conformance';
 * const steps: ModelStep[] = [
 *   { map: 'users', key: 'ada', check: 0 },
 *   { map: 'users', key: 'ada', value: 1 },
 * ];
 * new Model().atomic(steps);
 * ```
 */
export interface ModelStep {
  readonly map: string;
  readonly key: string;
  /** The key must stand at this version; 0: be absent. */
  readonly check?: number | undefined;
  /** What is written; `undefined` deletes, a missing field writes nothing. */
  readonly value?: unknown;
}

/**
 * A store of maps, as simple as can be: what it does is right because one can see it. Versions are its own
 * and stand for the order of commits; time is what `now` says; stamps of what is gone are kept for ever.
 *
 * @example
 * ```ts
 * import { Model } from 'samemap/conformance';
 * const model = new Model();
 * model.set('users', 'ada', 1, { ifAbsent: true });
 * if (model.entry('users', 'ada')?.value !== 1) throw new Error('not written');
 * ```
 */
export class Model {
  /** Milliseconds since the epoch. */
  now = 0;
  #version = 0;
  readonly #entries = new Map<string, Map<string, ModelEntry>>();
  readonly #removedStamps = new Map<string, Stamp>();

  entry(map: string, key: string): ModelEntry | undefined {
    const entry = this.#map(map).get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > this.now) return entry;
    this.#version++;
    this.#map(map).delete(key);
    if (entry.stamp !== undefined) this.#removedStamps.set(`${map}/${key}`, entry.stamp);
    return undefined;
  }

  /** Writes; `ttl` counts from now. */
  set(
    map: string,
    key: string,
    value: unknown,
    condition?: WriteCondition<unknown>,
    ttl?: Ttl,
  ): ModelOutcome {
    const current = this.entry(map, key);
    if (!this.#holds(map, key, current, condition)) return { ok: false, current };
    const entry = this.#put(map, key, value, ++this.#version, this.#expiry(current, ttl), condition?.ifNewer);
    return { ok: true, version: entry.version, entry };
  }

  /** Removes; without a condition there must be something, as in `ifPresent`. */
  delete(map: string, key: string, condition?: WriteCondition<unknown>): ModelOutcome {
    const current = this.entry(map, key);
    if (!this.#holds(map, key, current, condition ?? { ifPresent: true })) return { ok: false, current };
    const stamp = condition?.ifNewer;
    if (current === undefined && stamp === undefined) return { ok: false, current };
    this.#version++;
    this.#map(map).delete(key);
    if (stamp !== undefined) this.#removedStamps.set(`${map}/${key}`, stamp);
    return { ok: true, version: this.#version, entry: current };
  }

  /** Entries of a range, in order. */
  list(map: string, range: Range = {}): ModelEntry[] {
    const { prefix = '', start = '', end, reverse = false, limit = Infinity } = range;
    const sorted = [...this.#map(map).keys()]
      .filter((key) => this.entry(map, key) !== undefined)
      .filter((key) => key.startsWith(prefix) && compare(key, start) >= 0)
      .filter((key) => end === undefined || compare(key, end) < 0)
      .sort(compare);
    if (reverse) sorted.reverse();
    return sorted.slice(0, limit).flatMap((key) => this.#map(map).get(key) ?? []);
  }

  clear(map: string, range?: Range): number {
    const entries = this.list(map, range);
    if (entries.length > 0) this.#version++;
    for (const { key } of entries) this.#map(map).delete(key);
    return entries.length;
  }

  /** All steps or none; `failed` is the first check that does not hold. */
  atomic(steps: readonly ModelStep[]): {
    readonly ok: boolean;
    readonly failed: ModelStep | undefined;
    readonly version: number;
  } {
    const failed = steps.find(
      ({ map, key, check }) => check !== undefined && (this.entry(map, key)?.version ?? 0) !== check,
    );
    if (failed !== undefined) return { ok: false, failed, version: 0 };
    const writes = steps.filter((step) => 'value' in step);
    for (const { map, key } of writes) this.entry(map, key);
    const version = ++this.#version;
    for (const { map, key, value } of writes) {
      if (value !== undefined) this.#put(map, key, value, version, undefined, undefined);
      else this.#map(map).delete(key);
    }
    return { ok: true, failed, version };
  }

  #holds(
    map: string,
    key: string,
    current: ModelEntry | undefined,
    condition: WriteCondition<unknown> = NONE,
  ): boolean {
    if (condition.ifVersion !== undefined) return (current?.version ?? 0) === condition.ifVersion;
    if (condition.ifAbsent) return current === undefined;
    if (condition.ifPresent) return current !== undefined;
    if ('ifValue' in condition)
      return current !== undefined && isDeepStrictEqual(current.value, condition.ifValue);
    if (condition.ifNewer === undefined) return true;
    const known = current === undefined ? this.#removedStamps.get(`${map}/${key}`) : current.stamp;
    return known === undefined || condition.ifNewer > known;
  }

  #put(
    map: string,
    key: string,
    value: unknown,
    version: number,
    expiresAt: number | undefined,
    stamp: Stamp | undefined,
  ): ModelEntry {
    const entry = { key, value, version, expiresAt, stamp };
    this.#map(map).set(key, entry);
    this.#removedStamps.delete(`${map}/${key}`);
    return entry;
  }

  #expiry(current: ModelEntry | undefined, ttl: Ttl = 'never'): number | undefined {
    if (ttl === 'keep') return current?.expiresAt;
    return ttl === 'never' ? undefined : this.now + ttl;
  }

  #map(name: string): Map<string, ModelEntry> {
    const map = this.#entries.get(name) ?? new Map<string, ModelEntry>();
    this.#entries.set(name, map);
    return map;
  }
}

// SAFETY: the absence of any condition, for the function that asks for each of them.
const NONE = {} as WriteCondition<unknown>;

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
