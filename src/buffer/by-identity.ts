import type { BufferKey } from './entry.ts';

/** A table by identity: the pair of partition key and key. Keys without a partition key cost one lookup. */
export class ByIdentity<T> {
  /** What has no partition key. Open to the hot path of writing. */
  readonly plain: Map<BufferKey, T> = new Map();
  #keyed: Map<BufferKey, Map<BufferKey, T>> | undefined;
  #keyedSize = 0;

  get size(): number {
    return this.plain.size + this.#keyedSize;
  }

  get(partitionKey: BufferKey | undefined, key: BufferKey): T | undefined {
    if (partitionKey === undefined) return this.plain.get(key);
    return this.#keyed?.get(partitionKey)?.get(key);
  }

  set(partitionKey: BufferKey | undefined, key: BufferKey, item: T): void {
    if (partitionKey === undefined) {
      this.plain.set(key, item);
      return;
    }
    this.#keyed ??= new Map();
    let group = this.#keyed.get(partitionKey);
    if (group === undefined) this.#keyed.set(partitionKey, (group = new Map()));
    const before = group.size;
    group.set(key, item);
    this.#keyedSize += group.size - before;
  }

  delete(partitionKey: BufferKey | undefined, key: BufferKey): void {
    if (partitionKey === undefined) {
      this.plain.delete(key);
      return;
    }
    const group = this.#keyed?.get(partitionKey);
    if (group?.delete(key) !== true) return;
    this.#keyedSize--;
    if (group.size === 0) this.#keyed?.delete(partitionKey);
  }

  /** All items, those without a partition key first, each group in the order of first writing. */
  *values(): IterableIterator<T> {
    yield* this.plain.values();
    for (const group of this.#keyed?.values() ?? []) yield* group.values();
  }

  /** One iterator for each group; cheaper than {@link values} for long tables. */
  groups(): IterableIterator<T>[] {
    return [this.plain.values(), ...Array.from(this.#keyed?.values() ?? [], (group) => group.values())];
  }

  clear(): void {
    this.plain.clear();
    this.#keyed = undefined;
    this.#keyedSize = 0;
  }
}
