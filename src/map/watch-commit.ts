import type { StoredChange } from '../contract/services.ts';
import type { AnyChange, ChangeMaker, EntryChange } from './watch-change.ts';
import type { Reached } from './watch-position.ts';

/**
 * Tells one commit change by change. All but the last carry the bookmark from before the commit, so
 * that resuming never splits it; the last carries the commit's own.
 */
export class CommitTeller {
  readonly #maker: ChangeMaker;
  #rest: StoredChange | undefined;
  #partition = 0;
  /** The decoded rest, newest first, where invalid entries are left out: which is the last is only known then. */
  #valid: EntryChange[] | undefined;

  constructor(maker: ChangeMaker) {
    this.#maker = maker;
  }

  /** `true` while changes of the commit are still to be told. */
  get pending(): boolean {
    return this.#rest !== undefined || (this.#valid?.length ?? 0) > 0;
  }

  /** Takes up a commit. @throws what `onInvalid` throws */
  begin(first: StoredChange, partition: number, reached: Reached): void {
    if (!this.#maker.lenient) {
      this.#rest = first;
      this.#partition = partition;
      return;
    }
    const before = reached.bookmark;
    const valid: EntryChange[] = [];
    for (let stored: StoredChange | undefined = first; stored !== undefined; stored = stored.next) {
      const change = this.#maker.changeIfValid(stored, before);
      if (change !== undefined) valid.push(change);
    }
    reached.pass(partition, first.version);
    const last = valid.at(-1);
    if (last !== undefined) last.bookmark = reached.bookmark;
    this.#valid = valid.reverse();
  }

  /** The next change; `undefined` when the commit is told. @throws StoreError when it cannot be decoded */
  take(reached: Reached): AnyChange | undefined {
    const stored = this.#rest;
    if (stored === undefined) return this.#valid?.pop();
    this.#rest = stored.next;
    if (stored.next === undefined) reached.pass(this.#partition, stored.version);
    return this.#maker.change(stored, reached.bookmark);
  }
}
