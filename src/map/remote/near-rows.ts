import type { Stored } from '../../contract/core.ts';
import { OrderedKeys } from '../../parts/ordered-keys.ts';
import type { Page } from '../../parts/ordered-keys.ts';

/** Entries as an engine holds them, by key; put in order when somebody asks for it. */
export class NearRows {
  readonly #rows = new Map<string, Stored>();
  #keys: OrderedKeys<Stored> | undefined;

  /** How many there are, expired ones included. */
  get size(): number {
    return this.#rows.size;
  }

  /** The entry, expired or not. */
  get(key: string): Stored | undefined {
    return this.#rows.get(key);
  }

  set(row: Stored): void {
    const known = this.#rows.has(row.key);
    this.#rows.set(row.key, row);
    if (known) this.#keys?.renew(row.key);
    else this.#keys?.add(row);
  }

  delete(key: string): void {
    if (this.#rows.delete(key)) this.#keys?.renew(key);
  }

  page(start: string, end: string | undefined, limit: number, reverse: boolean, now: number): Page<Stored> {
    return this.#ordered().page(start, end, limit, reverse, now);
  }

  count(start: string, end: string | undefined, now: number): number {
    return this.#ordered().count(start, end, now);
  }

  #ordered(): OrderedKeys<Stored> {
    return (this.#keys ??= new OrderedKeys(this.#rows.values(), (key) => this.#rows.get(key)));
  }
}
