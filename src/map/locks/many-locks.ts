import { show } from '../../base/options.ts';
import { compareUtf8 } from '../../base/utf8.ts';
import type { Lock } from '../../contract/lock.ts';
import type { Locks } from '../../contract/versioned-map.ts';
import type { MapContext } from '../context.ts';
import { listOf } from '../phrases/many.ts';
import { takeLater } from './async-lock.ts';
import type { AsyncLockHandle } from './async-lock.ts';
import type { LockPlan } from './options.ts';

/**
 * Takes the locks of several keys one after the other, in the order of their UTF-8 bytes, so that two
 * who do so cannot wait for each other. `waitMs` is for all of them together; when one is not had, those
 * taken are let go.
 */
export async function takeAll(
  context: MapContext,
  given: unknown,
  plan: LockPlan,
): Promise<Locks<unknown, unknown, unknown>> {
  const keys = new Map(listOf('lockMany', given).map((key) => [context.encodeKey(key), key] as const));
  const { clock } = context.engine;
  const endsAt = clock.now() + plan.waitMs;
  const held = new Map<string, AsyncLockHandle>();
  try {
    for (const text of [...keys.keys()].sort(compareUtf8)) {
      const waitMs = held.size === 0 ? plan.waitMs : Math.max(0, endsAt - clock.now());
      held.set(text, await takeLater(context, keys.get(text), { ...plan, waitMs }));
    }
  } catch (error) {
    await releaseAll([...held.values()]).catch(() => undefined);
    throw error;
  }
  return new HeldLocks(context, held);
}

type AnyLock = Lock<unknown, unknown, unknown>;

/** Works with a lock and lets go of it, whatever happens; a failure of the work is the one that is told. */
export async function holdWhile<Result>(
  lock: AnyLock,
  work: (lock: AnyLock) => Result | Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await work(lock);
  } catch (error) {
    await lock.release().catch(() => undefined);
    throw error;
  }
  await lock.release();
  return result;
}

class HeldLocks implements Locks<unknown, unknown, unknown> {
  readonly all: readonly AsyncLockHandle[];
  readonly #context: MapContext;
  readonly #held: ReadonlyMap<string, AsyncLockHandle>;

  constructor(context: MapContext, held: ReadonlyMap<string, AsyncLockHandle>) {
    this.all = [...held.values()];
    this.#context = context;
    this.#held = held;
  }

  get(key: unknown): AsyncLockHandle {
    const lock = this.#held.get(this.#context.encodeKey(key));
    if (lock === undefined) throw new RangeError(`key ${show(key)} is not among the locked ones`);
    return lock;
  }

  release(): Promise<void> {
    return releaseAll(this.all);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** Lets go of all in reverse order, even when one of them fails; then fails as the first did. */
async function releaseAll(locks: readonly AsyncLockHandle[]): Promise<void> {
  const errors: unknown[] = [];
  for (const lock of locks.toReversed()) await lock.release().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}
