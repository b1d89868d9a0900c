import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { Ttl } from '../../contract/calls.ts';
import { ANY } from '../../contract/condition.ts';
import { KEEP_EXPIRY } from '../../contract/core.ts';
import type {
  AsyncGrant,
  Cell,
  CommitReply,
  FenceGuard,
  Guard,
  Operation,
  Stored,
  SyncGrant,
} from '../../contract/core.ts';
import type { Entry } from '../../contract/entry.ts';
import type { MapContext } from '../context.ts';
import { copyOf } from '../phrases/inserts.ts';
import { encodeRead } from '../phrases/outcomes.ts';
import { ask, read } from '../phrases/phrase.ts';
import type { Phrase } from '../phrases/phrase.ts';
import { Draft } from './draft.ts';

type AnyEntry = Entry<unknown, unknown>;

/**
 * A lock that is or was held: what both forms of a lock share. The words are phrases, run by the form.
 *
 * INVARIANT: from the moment a word decides to let go, the holding is over for all other words, and the
 * grant is released by exactly that word, whatever comes of it.
 */
export class Holding {
  readonly key: unknown;
  readonly #context: MapContext;
  readonly #text: string;
  readonly #grant: SyncGrant | AsyncGrant;
  readonly #draft: Draft;
  #stored: Stored | undefined;
  #entry: AnyEntry | undefined;
  #lost: AbortController | undefined;
  #over = false;

  constructor(
    context: MapContext,
    key: unknown,
    text: string,
    grant: SyncGrant | AsyncGrant,
    initial: unknown,
  ) {
    this.key = key;
    this.#context = context;
    this.#text = text;
    this.#grant = grant;
    this.#draft = new Draft(context, initial);
  }

  get fence(): number {
    return this.#grant.fence;
  }

  get entry(): AnyEntry | undefined {
    this.#check();
    if (this.#entry === undefined && this.#stored !== undefined)
      this.#entry = this.#context.entry(this.#stored);
    return this.#entry;
  }

  get value(): unknown {
    this.#check();
    return this.#draft.get(this.#stored);
  }

  set value(value: unknown) {
    this.#check();
    this.#draft.set(value);
  }

  get lost(): AbortSignal {
    if (this.#lost === undefined) {
      const controller = (this.#lost = new AbortController());
      this.#grant.onLost((reason) => controller.abort(reason));
    }
    return this.#lost.signal;
  }

  /** Reads the entry and drops the draft. */
  *read(): Phrase<void> {
    this.#check();
    this.#checkLost();
    const { entry } = yield* read(this.#text);
    this.#take(entry === undefined ? undefined : copyOf(this.#context, entry));
    this.#draft.drop();
  }

  /** {@link read}, and the entry. */
  *refresh(): Phrase<AnyEntry | undefined> {
    yield* this.read();
    return this.entry;
  }

  /** Writes the draft or the value given; with `release`, lets go whatever the outcome. */
  *write(given: unknown, ttl: Ttl | undefined, release: boolean): Phrase<AnyEntry> {
    this.#check();
    const expiresAt = this.#expiresAt(ttl);
    // What is refused here was not sent: the lock is kept, whatever the word.
    const draft = given === undefined ? this.value : given;
    const { cell, back } = yield* encodeRead(this.#context, this.#text, draft);
    const { key, value } = back;
    const { at: version } = yield* this.#commit(cell, expiresAt, release);
    const known = expiresAt === KEEP_EXPIRY ? (this.#stored?.expiresAt ?? 0) : expiresAt;
    const { shape } = this.#context.format;
    this.#take({ key: this.#text, value: cell, version, expiresAt: known, shape });
    if (given !== undefined) this.#draft.drop();
    return (this.#entry = known === 0 ? { key, value, version } : { key, value, version, expiresAt: known });
  }

  /** Removes the entry and lets go whatever the outcome; `false` when there was none. */
  *remove(): Phrase<boolean> {
    this.#check();
    const existed = this.#stored !== undefined;
    yield* this.#commit(undefined, 0, true);
    this.#take(undefined);
    return existed;
  }

  /** Lets go; again does nothing. */
  *release(): Phrase<void> {
    if (this.#over) return;
    this.#over = true;
    yield* this.#letGo();
  }

  /** One commit: the fence and the version that was read must stand. */
  *#commit(cell: Cell | undefined, expiresAt: number, release: boolean): Phrase<CommitReply> {
    this.#check();
    const version = this.#stored?.version ?? 0;
    if (release) this.#over = true;
    try {
      this.#checkLost();
      const reply = yield* ask('write', ({ core }, map) => {
        const fence: FenceGuard = { kind: 'fence', map, key: this.#text, fence: this.fence, release };
        const guards: Guard[] = [fence, { kind: 'version', map, key: this.#text, version }];
        return core.commit(guards, this.#operations(map, cell, version, expiresAt));
      });
      if (reply.ok) return reply;
      throw this.#refusal(reply, version);
    } catch (error) {
      if (release) yield* this.#letGoAfter(error);
      throw error;
    }
  }

  #operations(map: number, cell: Cell | undefined, version: number, expiresAt: number): Operation[] {
    // Of an absent key there is nothing to remove: the guards alone say whether that is still so.
    if (cell === undefined && version === 0) return [];
    const { shape } = this.#context.format;
    return [{ map, key: this.#text, cell, condition: ANY, ifVersion: 0, expiresAt, stamp: undefined, shape }];
  }

  #letGo(): Phrase<void> {
    return ask('cleanup', () => this.#grant.release());
  }

  /** A failure to let go must not hide why it was done. */
  *#letGoAfter(error: unknown): Phrase<void> {
    try {
      yield* this.#letGo();
    } catch {
      throw error;
    }
  }

  #take(stored: Stored | undefined): void {
    this.#stored = stored;
    this.#entry = undefined;
  }

  #expiresAt(ttl: Ttl | undefined): number {
    if (ttl !== undefined || this.#stored === undefined) return this.#context.expiresAt(ttl);
    return KEEP_EXPIRY;
  }

  #check(): void {
    if (this.#over) throw new StoreError('CLOSED', `the lock of ${this.#name()} was let go`);
  }

  #checkLost(): void {
    this.#context.checkOpen();
    const lost = this.#grant.lost();
    if (lost !== undefined) throw this.#lostError(lost);
  }

  #refusal({ failed, current }: CommitReply, version: number): StoreError {
    if (failed === 0) return this.#lostError(this.#grant.lost());
    const found = current === undefined ? 'it is absent' : `it stands at version ${current.version}`;
    const was = version === 0 ? 'was absent' : `stood at version ${version}`;
    return new StoreError('CONFLICT', `${this.#name()} ${was} when it was read, now ${found}`);
  }

  #lostError(cause: Error | undefined): StoreError {
    return new StoreError('LOCK_LOST', `the lock of ${this.#name()} with fence ${this.fence} was lost`, {
      cause,
    });
  }

  #name(): string {
    return `key ${show(this.#text)} in map ${show(this.#context.name)}`;
  }
}
