/** Runs something in a later turn of the event loop. */
export type Turn = (run: () => void) => void;

/** How many changes are moved before others get a turn, so that nobody waits long for theirs. */
const SLICE = 4096;

/** Counts work, and says when the rest is for a later turn. */
export class Pace {
  readonly turn: Turn;
  #left: number = SLICE;

  constructor(turn: Turn) {
    this.turn = turn;
  }

  /** Notes that much work done; a promise when it is time to let others have a turn. */
  spend(changes: number): Promise<void> | undefined {
    this.#left -= changes;
    if (this.#left > 0) return undefined;
    this.#left = SLICE;
    return new Promise((resolve) => this.turn(resolve));
  }
}
