import { StoreError } from '../../base/errors.ts';
import type { CallOptions } from '../../contract/calls.ts';
import type { AsyncGrant, SyncGrant } from '../../contract/core.ts';
import type { Entry } from '../../contract/entry.ts';
import type { Lock, LockWriteOptions } from '../../contract/lock.ts';
import { CALL_OPTIONS, checkCall } from '../call-limits.ts';
import type { MapContext } from '../context.ts';
import { runAsync } from '../phrases/drivers.ts';
import { done, entryFound, entryLeft, removed } from '../tracing/answers.ts';
import { listened, tellLater } from '../tracing/channel.ts';
import type { Answer } from '../tracing/channel.ts';
import { Holding } from './holding.ts';
import { aboutLock } from './about-lock.ts';
import { whenFree } from '../waiting.ts';
import type { LockPlan } from './options.ts';

type AnyEntry = Entry<unknown, unknown>;

const LOCK_WRITE = [...CALL_OPTIONS, 'ttlMs'];

/** Takes a lock, waiting in line. @throws StoreError `TIMEOUT`; `signal.reason` on abort */
export async function takeLater(context: MapContext, key: unknown, plan: LockPlan): Promise<AsyncLockHandle> {
  const text = context.encodeKey(key);
  if (plan.signal?.aborted) throw plan.signal.reason;
  return await begin(context, key, text, await granted(context, text, plan), plan);
}

/** Takes a lock if it comes free within `waitMs`; `undefined` when it does not. */
export async function tryTake(
  context: MapContext,
  key: unknown,
  plan: LockPlan,
): Promise<AsyncLockHandle | undefined> {
  const text = context.encodeKey(key);
  if (plan.signal?.aborted) throw plan.signal.reason;
  const { engine } = context;
  let grant: SyncGrant | AsyncGrant | undefined;
  if (plan.waitMs > 0) grant = await granted(context, text, plan).catch(unlessTimeout);
  else if (engine.form === 'sync') {
    const { core } = engine;
    grant = await whenFree(engine, () => core.tryLock(context.writeId(), text, plan));
  } else grant = await engine.core.tryLock(await context.writeIdAsync(), text, plan);
  return grant === undefined ? undefined : await begin(context, key, text, grant, plan);
}

/** Nobody waits for a lock that is free: it is taken at once where the engine answers at once. */
async function granted(context: MapContext, text: string, plan: LockPlan): Promise<SyncGrant | AsyncGrant> {
  const { engine } = context;
  if (engine.form === 'async') return await engine.lock(await context.writeIdAsync(), text, plan);
  const id = context.writeId();
  const { core } = engine;
  const taken = await whenFree(engine, () => core.tryLock(id, text, plan));
  return taken ?? (await engine.lock(id, text, plan));
}

function unlessTimeout(error: unknown): undefined {
  if (error instanceof StoreError && error.code === 'TIMEOUT') return undefined;
  throw error;
}

async function begin(
  context: MapContext,
  key: unknown,
  text: string,
  grant: SyncGrant | AsyncGrant,
  plan: LockPlan,
): Promise<AsyncLockHandle> {
  const holding = new Holding(context, key, text, grant, plan.initial);
  try {
    await runAsync(context, 'lock', holding.read(), undefined);
  } catch (error) {
    await Promise.resolve(grant.release()).catch(() => undefined);
    throw error;
  }
  return new AsyncLockHandle(context, holding);
}

/** {@link Holding} with promises, on any engine. */
export class AsyncLockHandle implements Lock<unknown, unknown, unknown> {
  readonly #context: MapContext;
  readonly #holding: Holding;

  constructor(context: MapContext, holding: Holding) {
    this.#context = context;
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

  commit(value?: unknown, options?: LockWriteOptions): Promise<AnyEntry> {
    return this.#told('commit', entryLeft, () => this.#write('commit', value, options));
  }

  save(value?: unknown, options?: LockWriteOptions): Promise<AnyEntry> {
    return this.#told('save', entryLeft, () => this.#write('save', value, options));
  }

  delete(options?: CallOptions): Promise<boolean> {
    return this.#told('delete', removed, async () => {
      checkCall('delete', options);
      return await runAsync(this.#context, 'delete', this.#holding.remove(), options);
    });
  }

  refresh(options?: CallOptions): Promise<AnyEntry | undefined> {
    return this.#told('refresh', entryFound, async () => {
      checkCall('refresh', options);
      return await runAsync(this.#context, 'refresh', this.#holding.refresh(), options);
    });
  }

  release(): Promise<void> {
    return this.#told('release', done, () =>
      runAsync(this.#context, 'release', this.#holding.release(), undefined),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #write(
    word: 'commit' | 'save',
    value: unknown,
    options: LockWriteOptions | undefined,
  ): Promise<AnyEntry> {
    checkCall(word, options, LOCK_WRITE);
    const phrase = this.#holding.write(value, options?.ttlMs, word === 'commit');
    return await runAsync(this.#context, word, phrase, options);
  }

  #told<T>(word: string, answer: Answer<Awaited<T>>, run: () => Promise<T>): Promise<T> {
    return listened() ? tellLater(aboutLock(this.#context, word, this.key), answer, run) : run();
  }
}
