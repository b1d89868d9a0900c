import { checkInteger, checkOptions, show } from '../base/options.ts';
import { keyAfter, prefixEnd } from '../base/utf8.ts';
import { formatBookmark, parseBookmark } from '../contract/position.ts';
import type { WatchOptions } from '../contract/watch.ts';
import type { MapContext } from './context.ts';
import { checkLimits } from './call-limits.ts';
import type { SourceBounds, WatchStart } from './watch-source.ts';

/** The most commits that wait for a reader, unless it says otherwise. */
const QUEUE_LIMIT = 10_000;

const KNOWN = ['key', 'prefix', 'start', 'previous', 'signal', 'queueLimit'] as const;

/** {@link WatchOptions} of a map of any key; what they hold is checked when they are read. */
export type AnyWatchOptions = Omit<WatchOptions<unknown>, 'prefix'> & { readonly prefix?: unknown };

/** What is to be watched, checked and encoded. */
export interface WatchRequest extends SourceBounds {
  readonly key: string | undefined;
  readonly prefix: string;
  readonly start: WatchStart;
  readonly previous: boolean;
  /** Where the reader stands before the first change. */
  readonly bookmark: string;
}

/**
 * Reads the options of a watch.
 *
 * @throws TypeError or RangeError for a bad option; StoreError `FORMAT` when `start` is no bookmark
 */
export function readWatchOptions(context: MapContext, options: AnyWatchOptions): WatchRequest {
  checkOptions('watch', options, KNOWN);
  const { start = 'now', previous = false, queueLimit = QUEUE_LIMIT } = options;
  if (typeof previous !== 'boolean')
    throw new TypeError(`previous must be true or false, got ${show(previous)}`);
  checkInteger('queueLimit', queueLimit, 1);
  checkLimits('watch', { signal: options.signal });
  if (options.key !== undefined && options.prefix !== undefined) {
    throw new TypeError('watch: give key or prefix, not both');
  }
  const key = options.key === undefined ? undefined : context.encodeKey(options.key);
  // SAFETY: a key codec refuses what is no prefix of its keys.
  const prefix = options.prefix === undefined ? '' : context.keys.prefix(options.prefix as never);
  const plain = start === 'now' || start === 'current';
  return {
    key,
    prefix,
    range: key === undefined ? { start: prefix, end: prefixEnd(prefix) } : { start: key, end: keyAfter(key) },
    start: plain ? start : parseBookmark(start),
    bookmark: plain ? formatBookmark(context.engine.lineage, undefined) : start,
    previous,
    queueLimit,
  };
}
