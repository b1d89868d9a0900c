/** Who waits at a {@link Gate}. */
export interface Guest {
  /** Called when its turn has come; it owes a `leave`. Never called from within `enter`. */
  readonly admitted: () => void;
}

/** How many partitions may be with the processor at once; those beyond wait in line. */
export class Gate {
  #places: number;
  #inside = 0;
  readonly #line = new Set<Guest>();

  constructor(places: number) {
    this.#places = places;
  }

  /** Gets in line; once for each guest. */
  enter(guest: Guest): void {
    this.#line.add(guest);
    this.#open();
  }

  /** Makes room for the next. */
  leave(): void {
    this.#inside--;
    this.#open();
  }

  /** How many may be inside from now on; those inside stay. */
  resize(places: number): void {
    this.#places = places;
    this.#open();
  }

  #open(): void {
    for (const guest of this.#line) {
      if (this.#inside >= this.#places) return;
      this.#line.delete(guest);
      this.#inside++;
      queueMicrotask(guest.admitted);
    }
  }
}
