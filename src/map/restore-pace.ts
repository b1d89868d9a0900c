/** So many bytes are worked on in one turn of the event loop. */
const TURN_BYTES = 4 * 1024 * 1024;

/** Lets others have their turn while a snapshot is worked on, whatever it comes from. */
export class RestorePace {
  #bytes = 0;

  /** Counts bytes that were worked on. */
  async after(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytes < TURN_BYTES) return;
    this.#bytes = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
