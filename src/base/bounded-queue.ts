/** A first-in first-out queue over a growing ring, with an upper bound: every queue has one. */
export class BoundedQueue<T> {
  readonly limit: number;
  #slots: (T | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #size = 0;

  /** @param limit - the most items it holds, from 1 up */
  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an item behind the others; `false`, and nothing added, when the queue is full. */
  push(item: T): boolean {
    if (this.#size >= this.limit) return false;
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = item;
    this.#size++;
    return true;
  }

  /** Takes the oldest item; `undefined` when there is none. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#size--;
    return item;
  }

  clear(): void {
    this.#slots = Array.from({ length: 16 });
    this.#head = 0;
    this.#size = 0;
  }

  #grow(): void {
    const length = this.#slots.length;
    const next: (T | undefined)[] = Array.from({ length: length * 2 });
    for (let i = 0; i < this.#size; i++) next[i] = this.#slots[(this.#head + i) & (length - 1)];
    this.#slots = next;
    this.#head = 0;
  }
}
