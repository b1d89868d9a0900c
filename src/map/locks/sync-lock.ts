import { checkOptions } from '../../base/options.ts';
import type { Ttl } from '../../contract/calls.ts';
import type { SyncCore } from '../../contract/core.ts';
import type { Entry } from '../../contract/entry.ts';
import type { SyncLock } from '../../contract/lock.ts';
import type { MapContext } from '../context.ts';
import { runSync } from '../phrases/drivers.ts';
import type { Phrase } from '../phrases/phrase.ts';
import { done, entryFound, entryLeft, removed } from '../tracing/answers.ts';
import { listened, tellNow } from '../tracing/channel.ts';
import type { Answer } from '../tracing/channel.ts';
import { aboutLock } from './about-lock.ts';
import { Holding } from './holding.ts';
import type { LockPlan } from './options.ts';

type AnyEntry = Entry<unknown, unknown>;
type WriteOptions = { readonly ttlMs?: Ttl | undefined };

/** Takes a lock on the sync face; `undefined` when somebody else has it. */
export function takeNow(
  context: MapContext,
  core: SyncCore,
  key: unknown,
  plan: LockPlan,
): SyncLockHandle | undefined {
  const text = context.encodeKey(key);
  const grant = core.tryLock(context.writeId(), text, plan);
  if (grant === undefined) return undefined;
  const holding = new Holding(context, key, text, grant, plan.initial);
  try {
    runSync(context, core, holding.read());
  } catch (error) {
    grant.release();
    throw error;
  }
  return new SyncLockHandle(context, core, holding);
}

/** {@link Holding} without promises. */
export class SyncLockHandle implements SyncLock<unknown, unknown, unknown> {
  readonly #context: MapContext;
  readonly #core: SyncCore;
  readonly #holding: Holding;

  constructor(context: MapContext, core: SyncCore, holding: Holding) {
    this.#context = context;
    this.#core = core;
    this.#holding = holding;
  }

  get key(): unknown {
    return this.#holding.key;
  }

  get entry(): AnyEntry | undefined {
    return this.#holding.entry;
  }

  get value(): unknown {
    return this.#holding.value;
  }

  set value(draft: unknown) {
    this.#holding.value = draft;
  }

  get fence(): number {
    return this.#holding.fence;
  }

  get lost(): AbortSignal {
    return this.#holding.lost;
  }

  commit(value?: unknown, options?: WriteOptions): AnyEntry {
    return this.#told('commit', entryLeft, () => this.#write('commit', value, options));
  }

  save(value?: unknown, options?: WriteOptions): AnyEntry {
    return this.#told('save', entryLeft, () => this.#write('save', value, options));
  }

  delete(): boolean {
    return this.#told('delete', removed, () => this.#run(this.#holding.remove()));
  }

  refresh(): AnyEntry | undefined {
    return this.#told('refresh', entryFound, () => this.#run(this.#holding.refresh()));
  }

  release(): void {
    this.#told('release', done, () => this.#run(this.#holding.release()));
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #write(word: 'commit' | 'save', value: unknown, options: WriteOptions | undefined): AnyEntry {
    if (options !== undefined) checkOptions(word, options, ['ttlMs']);
    return this.#run(this.#holding.write(value, options?.ttlMs, word === 'commit'));
  }

  #told<T>(word: string, answer: Answer<T>, run: () => T): T {
    return listened() ? tellNow(aboutLock(this.#context, word, this.key), answer, run) : run();
  }

  #run<T>(phrase: Phrase<T>): T {
    return runSync(this.#context, this.#core, phrase);
  }
}
