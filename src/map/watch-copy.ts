import type { Clock } from '../base/clock.ts';
import { compareUtf8, needsUtf8Order } from '../base/utf8.ts';
import type { Entry } from '../contract/entry.ts';

/** Entries in memory by their stored key, put in order when somebody asks for it. */
export class Copy {
  readonly #entries = new Map<string, Entry<unknown, unknown>>();
  readonly #clock: Clock;
  /** Keys of entries that expire. */
  readonly #expiring = new Set<string>();
  /** All keys in order; missing since a key came or went. */
  #sorted: readonly string[] | undefined;
  /** `true`: some key sorts differently by UTF-8 bytes than by code units. */
  #wide = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there are, those included that are expired but not yet removed. */
  get held(): number {
    return this.#entries.size;
  }

  /** How many there are now. */
  get size(): number {
    let size = this.#entries.size;
    for (const text of this.#expiring) if (this.get(text) === undefined) size--;
    return size;
  }

  get(text: string): Entry<unknown, unknown> | undefined {
    const entry = this.#entries.get(text);
    return entry?.expiresAt !== undefined && entry.expiresAt <= this.#clock.now() ? undefined : entry;
  }

  set(text: string, entry: Entry<unknown, unknown>): void {
    if (!this.#entries.has(text)) {
      this.#sorted = undefined;
      this.#wide ||= needsUtf8Order(text);
    }
    this.#entries.set(text, entry);
    if (entry.expiresAt !== undefined) this.#expiring.add(text);
    else if (this.#expiring.size > 0) this.#expiring.delete(text);
  }

  delete(text: string): void {
    if (!this.#entries.delete(text)) return;
    this.#sorted = undefined;
    this.#expiring.delete(text);
  }

  /** The keys in the order of their UTF-8 bytes. */
  sorted(): readonly string[] {
    return (this.#sorted ??= [...this.#entries.keys()].sort(this.#wide ? compareUtf8 : undefined));
  }
}
