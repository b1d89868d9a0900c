import type { Change, Put, Removal } from '../contract/change.ts';
import type { Cell } from '../contract/core.ts';
import type { StoredChange } from '../contract/services.ts';
import type { Difference, StateEntry } from './catch-up.ts';
import type { MapContext } from './context.ts';

/** A change of a map whose types are not known here. */
export type AnyChange = Change<unknown, unknown>;

/** A change while it is put together. */
type Draft<T> = { -readonly [Name in keyof T]: T[Name] };

/** A change of an entry, whose bookmark may still be moved. */
export type EntryChange = Draft<Put<unknown, unknown>> | Draft<Removal<unknown, unknown>>;

/** What a {@link ChangeMaker} needs of a map. */
export type ChangeDecoding = Pick<MapContext, 'decodeKey' | 'decode' | 'onInvalid'>;

/** Turns what an engine stores into what a watcher sees. */
export class ChangeMaker {
  readonly #context: ChangeDecoding;
  readonly #previous: boolean;

  /** @param previous - `true`: with what was replaced, where it is known */
  constructor(context: ChangeDecoding, previous: boolean) {
    this.#context = context;
    this.#previous = previous;
  }

  /** `true`: what cannot be decoded is reported and left out; otherwise it is thrown. */
  get lenient(): boolean {
    return this.#context.onInvalid !== undefined;
  }

  /** Decodes one change. @throws StoreError when it cannot be decoded */
  change(stored: StoredChange, bookmark: string): EntryChange {
    const { version } = stored;
    const key = this.#context.decodeKey(stored.key);
    let change: EntryChange;
    if (isPut(stored)) {
      const type = stored.kind === 'insert' ? 'insert' : 'update';
      change = { type, key, value: this.#context.decode(stored), version, bookmark };
      if (stored.expiresAt !== 0) change.expiresAt = stored.expiresAt;
    } else {
      change = { type: stored.kind === 'expire' ? 'expire' : 'delete', key, version, bookmark };
      if (stored.kind === 'evict') change.reason = 'evicted';
    }
    if (this.#previous && stored.previous !== undefined) this.#addPrevious(change, stored, stored.previous);
    return change;
  }

  /** A change that is left out, and reported, when it cannot be decoded. @throws what {@link change} throws, unless lenient */
  changeIfValid(stored: StoredChange, bookmark: string): EntryChange | undefined {
    try {
      return this.change(stored, bookmark);
    } catch (error) {
      this.#leaveOut(stored.key, stored.version, error as Error);
      return undefined;
    }
  }

  /** An entry of the state as a replay; left out as in {@link changeIfValid}. */
  entry(
    { text, key, value, invalid, version, expiresAt }: StateEntry,
    bookmark: string,
  ): EntryChange | undefined {
    if (invalid !== undefined) {
      this.#leaveOut(text, version, invalid);
      return undefined;
    }
    const change: EntryChange = { type: 'insert', key, value, version, replay: true, bookmark };
    if (expiresAt !== 0) change.expiresAt = expiresAt;
    return change;
  }

  /** A difference as a replay; left out as in {@link changeIfValid}. */
  difference({ change: stored, known }: Difference, bookmark: string): EntryChange | undefined {
    const change = this.changeIfValid(stored, bookmark);
    if (change === undefined) return undefined;
    change.replay = true;
    delete change.previous;
    if (change.type === 'insert' || change.type === 'update') change.type = known ? 'update' : 'insert';
    return change;
  }

  /** A replaced value that cannot be decoded counts as unknown, if lenient. */
  #addPrevious(change: EntryChange, stored: StoredChange, value: Cell): void {
    const { key, version, previousShape: shape } = stored;
    try {
      change.previous = this.#context.decode({ key, value, shape, version });
    } catch (error) {
      this.#leaveOut(key, version, error as Error);
    }
  }

  #leaveOut(key: string, version: number, error: Error): void {
    if (this.#context.onInvalid === undefined) throw error;
    this.#context.onInvalid({ key, version }, error);
  }
}

function isPut(stored: StoredChange): stored is StoredChange & { readonly value: Cell } {
  return stored.value !== undefined;
}
