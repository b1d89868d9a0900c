import { checkInteger, show } from '../base/options.ts';

/** Refuses what is no function. */
export function checkFunction(what: string, given: unknown): void {
  if (typeof given !== 'function') throw new TypeError(`${what} takes a function, got ${show(given)}`);
}

/** Refuses what cannot be added exactly. */
export function checkDelta(delta: unknown): void {
  checkInteger('add: delta', delta, Number.MIN_SAFE_INTEGER);
}

/** Refuses what `touch` cannot set: it always gives a new time to live. */
export function checkTouch(ttl: unknown): void {
  if (ttl === undefined || ttl === 'keep') {
    throw new TypeError(`touch takes a number of milliseconds or 'never', got ${show(ttl)}`);
  }
}
