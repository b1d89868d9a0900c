import { checkInteger, show } from '../base/options.ts';
import { compareUtf8, prefixEnd } from '../base/utf8.ts';
import { textKeys } from '../codec/keys.ts';
import type { Range } from '../contract/calls.ts';
import { checkCall } from './call-limits.ts';
import type { MapContext } from './context.ts';

/** A range in encoded keys. */
export interface Bounds {
  /** Inclusive; `''` for the beginning. */
  readonly start: string;
  /** Exclusive; `undefined` for the end. */
  readonly end: string | undefined;
  readonly reverse: boolean;
  readonly limit: number;
  /** `true`: no key can lie in it. */
  readonly empty: boolean;
}

const SPAN = ['prefix', 'start', 'end'] as const;
const RANGE: readonly (keyof Range)[] = [...SPAN, 'reverse', 'limit'];

/**
 * The range of a call, checked: what lies under the prefix, from `start`, before `end`.
 *
 * @param others - further options that the call takes
 * @throws TypeError or RangeError naming the field
 */
export function rangeOf(
  context: MapContext,
  what: string,
  range: object | undefined,
  others: readonly string[] = [],
): Bounds {
  return boundsOf(context, what, range, [...RANGE, ...others]);
}

/** {@link rangeOf} where order and limit mean nothing. */
export function spanOf(
  context: MapContext,
  what: string,
  span: object | undefined,
  others: readonly string[] = [],
): Bounds {
  return boundsOf(context, what, span, [...SPAN, ...others]);
}

function boundsOf(
  context: MapContext,
  what: string,
  range: object | undefined,
  allowed: readonly string[],
): Bounds {
  if (range === undefined)
    return { start: '', end: undefined, reverse: false, limit: Infinity, empty: false };
  checkCall(what, range, allowed);
  // SAFETY: an object with these fields only; each is checked below.
  const { prefix, start, end, reverse, limit } = range as Range<unknown>;
  if (reverse !== undefined && typeof reverse !== 'boolean') {
    throw new TypeError(`${what}: reverse must be true or false, got ${show(reverse)}`);
  }
  if (limit !== undefined) checkInteger(`${what}: limit`, limit, 0);
  let from = boundOf(context, start) ?? '';
  let to = boundOf(context, end);
  if (prefix !== undefined) {
    const under = context.keys.prefix(prefix);
    const behind = prefixEnd(under);
    if (compareUtf8(under, from) > 0) from = under;
    if (behind !== undefined && (to === undefined || compareUtf8(behind, to) < 0)) to = behind;
  }
  return {
    start: from,
    end: to,
    reverse: reverse ?? false,
    limit: limit ?? Infinity,
    empty: limit === 0 || (to !== undefined && compareUtf8(from, to) >= 0),
  };
}

/** Where keys are text, a bound may be the empty string, which is no key. */
function boundOf(context: MapContext, key: unknown): string | undefined {
  if (key === undefined || (key === '' && context.keys === textKeys)) return key;
  return context.encodeKey(key);
}
