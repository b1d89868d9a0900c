import type { AsyncCore, SyncCore } from '../contract/core.ts';
import type { MirrorState } from './mirror-state.ts';
import { createRules, type Rule } from './mirror-words.ts';
import type { Serial } from './serial.ts';

/** The words of two cores that answer at once, but for locks. */
export function mirrorCore(state: MirrorState, a: SyncCore, b: SyncCore): Omit<SyncCore, 'tryLock'> {
  const rules = createRules(state);
  const both =
    <Args extends unknown[], R>(
      word: string,
      first: (...args: Args) => R,
      second: (...args: Args) => R,
      rule: Rule<Args, R>,
    ) =>
    (...args: Args): R => {
      const mine = attempt(() => first(...args));
      const theirs = attempt(() => second(...rule.translate(args)));
      return judge(state, word, rule, mine, theirs, args);
    };
  return {
    get: both(
      'get',
      (...args) => a.get(...args),
      (...args) => b.get(...args),
      rules.get,
    ),
    getMany: both(
      'getMany',
      (...args) => a.getMany(...args),
      (...args) => b.getMany(...args),
      rules.getMany,
    ),
    write: both(
      'write',
      (...args) => a.write(...args),
      (...args) => b.write(...args),
      rules.write,
    ),
    add: both(
      'add',
      (...args) => a.add(...args),
      (...args) => b.add(...args),
      rules.add,
    ),
    commit: both(
      'commit',
      (...args) => a.commit(...args),
      (...args) => b.commit(...args),
      rules.commit,
    ),
    page: both(
      'page',
      (...args) => a.page(...args),
      (...args) => b.page(...args),
      rules.page,
    ),
    count: both(
      'count',
      (...args) => a.count(...args),
      (...args) => b.count(...args),
      rules.count,
    ),
    clear: both(
      'clear',
      (...args) => a.clear(...args),
      (...args) => b.clear(...args),
      rules.clear,
    ),
    reserve: both(
      'reserve',
      (n) => a.reserve(n),
      (n) => b.reserve(n),
      rules.reserve,
    ),
  };
}

/** The words of two cores, the second of which answers later, but for locks: one call at a time. */
export function mirrorCoreLater(
  state: MirrorState,
  serial: Serial,
  a: SyncCore,
  b: AsyncCore,
): Omit<AsyncCore, 'tryLock'> {
  const rules = createRules(state);
  const both =
    <Args extends unknown[], R>(
      word: string,
      first: (...args: Args) => R,
      second: (...args: Args) => Promise<R>,
      rule: Rule<Args, R>,
    ) =>
    (...args: Args): Promise<R> =>
      serial.run(async () => {
        const theirs = await attemptLater(() => second(...rule.translate(args)));
        const mine = attempt(() => first(...args));
        return rule.keep(judge(state, word, rule, mine, theirs, args));
      });
  return {
    get: both(
      'get',
      (...args) => a.get(...args),
      (...args) => b.get(...args),
      rules.get,
    ),
    getMany: both(
      'getMany',
      (...args) => a.getMany(...args),
      (...args) => b.getMany(...args),
      rules.getMany,
    ),
    write: both(
      'write',
      (...args) => a.write(...args),
      (...args) => b.write(...args),
      rules.write,
    ),
    add: both(
      'add',
      (...args) => a.add(...args),
      (...args) => b.add(...args),
      rules.add,
    ),
    commit: both(
      'commit',
      (...args) => a.commit(...args),
      (...args) => b.commit(...args),
      rules.commit,
    ),
    page: both(
      'page',
      (...args) => a.page(...args),
      (...args) => b.page(...args),
      rules.page,
    ),
    count: both(
      'count',
      (...args) => a.count(...args),
      (...args) => b.count(...args),
      rules.count,
    ),
    clear: both(
      'clear',
      (...args) => a.clear(...args),
      (...args) => b.clear(...args),
      rules.clear,
    ),
    reserve: both(
      'reserve',
      (n) => a.reserve(n),
      (n) => b.reserve(n),
      rules.reserve,
    ),
  };
}

/** What a call gave: an answer, or what it threw. */
type Given<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

function attempt<R>(call: () => R): Given<R> {
  try {
    return { ok: true, value: call() };
  } catch (error) {
    return { ok: false, error };
  }
}

async function attemptLater<R>(call: () => Promise<R>): Promise<Given<R>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Compares two answers and gives the first one. */
function judge<Args extends unknown[], R>(
  state: MirrorState,
  word: string,
  rule: Rule<Args, R>,
  mine: Given<R>,
  theirs: Given<R>,
  args: Args,
): R {
  state.sameError(word, mine.ok ? undefined : mine.error, theirs.ok ? undefined : theirs.error);
  if (!mine.ok) throw mine.error;
  if (theirs.ok) rule.compare(mine.value, theirs.value, args);
  return mine.value;
}
