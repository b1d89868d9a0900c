/** The most entries a native Map takes; one more and it throws. */
const NATIVE_LIMIT = 2 ** 24;

/**
 * A map from strings without the bound of a native one: when that is full, further ones are begun
 * behind it. A map that never gets so large is one native Map and one comparison.
 */
export class BigMap<Value extends object> {
  readonly #limit: number;
  readonly #first = new Map<string, Value>();
  #more: Map<string, Value>[] | undefined;

  /** @param limit - the most entries of one native Map; smaller in tests only */
  constructor(limit: number = NATIVE_LIMIT) {
    this.#limit = limit;
  }

  get size(): number {
    let size = this.#first.size;
    if (this.#more !== undefined) for (const map of this.#more) size += map.size;
    return size;
  }

  get(key: string): Value | undefined {
    const found = this.#first.get(key);
    return found !== undefined || this.#more === undefined ? found : search(this.#more, key);
  }

  /** Adds a key that is absent. */
  add(key: string, value: Value): void {
    if (this.#first.size < this.#limit) this.#first.set(key, value);
    else this.#roomy().set(key, value);
  }

  /** Writes over the value of a key, or adds the key; `true` when it was absent. */
  set(key: string, value: Value): boolean {
    const first = this.#first;
    const { size } = first;
    if (this.#more !== undefined || size === this.#limit) return this.#setAmong(key, value);
    first.set(key, value);
    return first.size !== size;
  }

  delete(key: string): boolean {
    if (this.#first.delete(key)) return true;
    return this.#more?.some((map) => map.delete(key)) ?? false;
  }

  clear(): void {
    this.#first.clear();
    this.#more = undefined;
  }

  /** All values as they are now. */
  values(): Value[] {
    const values = Array.from(this.#first.values());
    for (const map of this.#more ?? []) for (const value of map.values()) values.push(value);
    return values;
  }

  #setAmong(key: string, value: Value): boolean {
    const holder = [this.#first, ...(this.#more ?? [])].find((map) => map.has(key));
    if (holder === undefined) this.add(key, value);
    else holder.set(key, value);
    return holder === undefined;
  }

  #roomy(): Map<string, Value> {
    this.#more ??= [];
    let map = this.#more.find(({ size }) => size < this.#limit);
    if (map === undefined) this.#more.push((map = new Map()));
    return map;
  }
}

function search<Value>(maps: readonly Map<string, Value>[], key: string): Value | undefined {
  for (const map of maps) {
    const found = map.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
