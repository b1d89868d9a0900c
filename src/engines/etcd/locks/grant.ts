import type { StoreError } from '../../../base/errors.ts';
import type { AsyncGrant } from '../../../contract/core.ts';
import type { Session, SessionUser } from './session.ts';

/** A lock that is held, or was. */
export class Grant implements AsyncGrant, SessionUser {
  readonly fence: number;
  readonly holderKey: Buffer;
  readonly #session: Session;
  readonly #ended: (grant: Grant) => void;
  readonly #listeners: ((reason: Error) => void)[] = [];
  #lost: StoreError | undefined;
  #over = false;

  /** @param ended - told once, when it is let go or lost */
  constructor(session: Session, holderKey: Buffer, fence: number, ended: (grant: Grant) => void) {
    this.#session = session;
    this.holderKey = holderKey;
    this.fence = fence;
    this.#ended = ended;
    session.add(this);
  }

  lost(): Error | undefined;
  lost(reason: StoreError): void;
  lost(reason?: StoreError): Error | undefined {
    if (reason === undefined || this.#over) return this.#lost;
    this.#lost = reason;
    this.#end();
    for (const listener of this.#listeners.splice(0)) listener(reason);
    return reason;
  }

  onLost(listener: (reason: Error) => void): void {
    if (this.#lost !== undefined) listener(this.#lost);
    else if (!this.#over) this.#listeners.push(listener);
  }

  async release(): Promise<void> {
    if (this.#over) return;
    this.#end();
    await this.#session.discard(this.holderKey);
  }

  /** It was let go by a commit. */
  released(): void {
    if (!this.#over) this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#session.remove(this);
    this.#ended(this);
  }
}
