import assert from 'node:assert/strict';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Cell, Stored } from '../contract/core.ts';
import type { MapInfo } from '../contract/maps.ts';
import type { Position } from '../contract/position.ts';

/** Numbers of the two engines that belong together. */
interface Pair {
  readonly a: number;
  readonly b: number;
}

/** A version or fence that nothing ever has. */
const NONE = Number.MAX_SAFE_INTEGER - 1;

/** How many versions of each key are kept, for those who ask with an old one. */
const KEPT_PER_KEY = 8;

/** How many pairs of versions are kept for those who resume. */
const KEPT_COMMITS = 100_000;

/**
 * What belongs together in two engines that are told the same: map ids, versions, fences and
 * positions. Versions of the two are never compared, only their order: per key, later in one is later in the other.
 */
export class MirrorState {
  /** What was wrong first. */
  mismatch: Error | undefined;
  readonly #ids = new Map<number, number>();
  readonly #versions = new Map<string, Pair[]>();
  readonly #fences = new Map<string, Pair[]>();
  /** Ordered by version of both. */
  #commits: Pair[] = [];

  /** Notes and throws a difference. */
  fail(word: string, what: string, a: unknown, b: unknown): never {
    const message = `mirror: ${word}: ${what}`;
    const error = new assert.AssertionError({ message, expected: a, actual: b, operator: 'mirror' });
    this.mismatch ??= error;
    throw error;
  }

  /** Two things that must be equal. */
  same(word: string, what: string, a: unknown, b: unknown): void {
    if (!Object.is(a, b)) this.fail(word, `${what} differs`, a, b);
  }

  /** Two errors, or the lack of one. */
  sameError(word: string, a: unknown, b: unknown): void {
    const codeOf = (error: unknown): string => {
      if (error instanceof StoreError) return error.code;
      return error instanceof Error ? error.constructor.name : show(error);
    };
    if (codeOf(a) !== codeOf(b)) this.fail(word, 'one failed otherwise than the other', a, b);
  }

  openMap(word: string, a: MapInfo, b: MapInfo): MapInfo {
    for (const field of ['name', 'codec', 'shape', 'references'] as const) {
      this.same(word, `${field} of map ${a.name}`, a[field], b[field]);
    }
    this.#ids.set(a.id, b.id);
    return a;
  }

  /** The other engine's number of a map. */
  id(map: number): number {
    return this.#ids.get(map) ?? map;
  }

  /** What stands at a key. */
  sameStored(word: string, map: number, a: Stored | undefined, b: Stored | undefined): void {
    if (a === undefined || b === undefined) {
      if (a !== b) this.fail(word, 'found by one engine only', a, b);
      return;
    }
    this.same(word, 'key', a.key, b.key);
    const what = `of ${show(a.key)}`;
    if (!sameCell(a.value, b.value)) this.fail(word, `value ${what} differs`, a.value, b.value);
    this.same(word, `expiresAt ${what}`, a.expiresAt ?? 0, b.expiresAt ?? 0);
    this.same(word, `shape ${what}`, a.shape ?? 0, b.shape ?? 0);
    this.sameVersion(word, map, a.key, a.version, b.version);
  }

  /** A version of a key that both engines gave: always in the same pairs, always in the same order. */
  sameVersion(word: string, map: number, key: string, a: number, b: number): void {
    const name = nameOf(map, key);
    let pairs = this.#versions.get(name);
    if (pairs === undefined) this.#versions.set(name, (pairs = []));
    this.#pair(word, key, pairs, { a, b });
  }

  /** The fence of a lock that both engines granted. */
  sameFence(map: number, key: string, a: number, b: number): void {
    const name = nameOf(map, key);
    let pairs = this.#fences.get(name);
    if (pairs === undefined) this.#fences.set(name, (pairs = []));
    this.#pair('lock', key, pairs, { a, b });
  }

  /** The version that an answer names cannot be older than what was known of the key. */
  checkAt(word: string, map: number, key: string, a: number, b: number): void {
    const newest = this.#versions.get(nameOf(map, key))?.at(-1);
    if (newest === undefined || (a >= newest.a && b >= newest.b)) return;
    this.fail(
      word,
      `${show(key)}: true at a version older than the newest known`,
      [newest.a, a],
      [newest.b, b],
    );
  }

  /** The other engine's version of a key; one that nothing has, for versions that the key never had. */
  version(map: number, key: string, a: number): number {
    return a === 0 ? 0 : partner(this.#versions.get(nameOf(map, key)), a);
  }

  /** The other engine's fence of a key. */
  fence(map: number, key: string, a: number): number {
    return partner(this.#fences.get(nameOf(map, key)), a);
  }

  /** Both engines stand at these versions, with the same commits behind them. */
  pass(word: string, a: number, b: number): void {
    const last = this.#commits.at(-1);
    if (last !== undefined && (a < last.a || b < last.b)) {
      this.fail(word, 'versions of commits fall', [last.a, a], [last.b, b]);
    }
    this.#commits.push({ a, b });
    if (this.#commits.length > KEPT_COMMITS * 2) this.#commits = this.#commits.slice(-KEPT_COMMITS);
  }

  /** Like {@link pass}, for what is learned later: kept only when it is news. */
  passPosition(a: Position, b: Position): void {
    const last = this.#commits.at(-1);
    const [at, bt] = [a[0] ?? 0, b[0] ?? 0];
    if (last === undefined || (at >= last.a && bt >= last.b)) this.#commits.push({ a: at, b: bt });
  }

  /** Where the other engine stood when this one stood here; `undefined` when that is forgotten. */
  position(a: Position): Position | undefined {
    const [version = 0] = a;
    let low = 0;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#commits[middle]?.a ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    const found = this.#commits[low - 1];
    return found === undefined ? undefined : [found.b];
  }

  /** A new lineage: versions begin anew. */
  forget(): void {
    this.#versions.clear();
    this.#commits = [];
  }

  #pair(word: string, key: string, pairs: Pair[], pair: Pair): void {
    const known = pairs.find(({ a, b }) => a === pair.a || b === pair.b);
    if (known !== undefined) {
      if (known.a === pair.a && known.b === pair.b) return;
      this.fail(word, `${show(key)}: one number stands for two`, known, pair);
    }
    const newest = pairs.at(-1);
    if (newest !== undefined && pair.a > newest.a !== pair.b > newest.b) {
      this.fail(word, `${show(key)}: later in one engine, earlier in the other`, newest, pair);
    }
    if (newest !== undefined && pair.a < newest.a) return;
    pairs.push(pair);
    if (pairs.length > KEPT_PER_KEY) pairs.shift();
  }
}

/** Of any key, also of one that is no string: faces may ask for it where the engine keeps references. */
function nameOf(map: number, key: string): string {
  return `${map}/${String(key)}`;
}

function partner(pairs: readonly Pair[] | undefined, a: number): number {
  return pairs?.find((pair) => pair.a === a)?.b ?? NONE;
}

/** Equal bytes, the same number, or the same reference. */
export function sameCell(a: Cell | undefined, b: Cell | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}
