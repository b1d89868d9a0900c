/** Work on one key, one after the other: what reads and then writes does not get into its own way. */
export class Lines {
  readonly #last = new Map<string, Promise<unknown>>();

  /** `true` while work of this name is under way. */
  has(name: string): boolean {
    return this.#last.has(name);
  }

  /** Runs the work when what was asked for before, under the same name, has ended. */
  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
