import { encodeNote } from './note.ts';
import { checkOpen, type State } from './state.ts';

/** How many versions are reserved at once. */
export const RESERVED_AT_ONCE: number = 2 ** 20;

/**
 * Takes the next version. It was reserved before, durably and in a transaction of its own, so that a
 * store that lost what was accepted never gives the same number to anything else.
 */
export function takeVersion(state: State): number {
  if (state.version === state.reserved) reserveNow(state, 1);
  return ++state.version;
}

/** `SyncCore.reserve`: takes `n` versions; the first of them. */
export function reserve(state: State, n: number): number {
  checkOpen(state);
  if (state.version + n > state.reserved) reserveNow(state, n);
  const first = state.version + 1;
  state.version += n;
  return first;
}

/** Reserves before it is urgent, without anybody waiting. */
export function reserveAhead(state: State): void {
  if (state.reserved - state.version > RESERVED_AT_ONCE / 2 || state.fault !== undefined) return;
  const upTo = state.version + RESERVED_AT_ONCE;
  const { environment } = state;
  environment
    .batch(() => environment.trees.meta.put('reserved', encodeNote('reserved', upTo)))
    .then(
      () => {
        if (environment === state.environment) state.reserved = Math.max(state.reserved, upTo);
      },
      () => {
        // It is tried again after the next commit, and at the latest when a number is needed.
      },
    );
}

/** Reserves while the caller waits. */
function reserveNow(state: State, n: number): void {
  const upTo = state.version + n + RESERVED_AT_ONCE;
  state.environment.trees.meta.putSync('reserved', encodeNote('reserved', upTo));
  state.reserved = upTo;
}
