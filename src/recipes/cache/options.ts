import { checkInteger, checkMs, checkOptions, show } from '../../base/options.ts';
import type { CacheOptions } from './types.ts';

/** {@link CacheOptions}, checked, with what is missing filled in. */
export interface CacheSettings {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** `undefined` where nobody counts bytes. */
  readonly sizeOf: ((value: unknown, key: unknown) => number) | undefined;
  /** 0: never. */
  readonly ttlMs: number;
  readonly sliding: boolean;
  readonly staleMs: number;
  readonly negativeMs: number;
  readonly onRemoved: CacheOptions<unknown, unknown>['onRemoved'];
  readonly onError: (error: unknown) => void;
}

const OPTIONS: readonly (keyof CacheOptions<unknown>)[] = [
  'maxEntries',
  'maxBytes',
  'sizeOf',
  'ttlMs',
  'sliding',
  'staleMs',
  'negativeMs',
  'onRemoved',
  'onError',
];

/**
 * Checks the options of a cache.
 *
 * @param weigh - what an entry weighs where nobody says
 * @throws TypeError or RangeError naming the option
 */
export function cacheSettings(
  options: CacheOptions<unknown, unknown>,
  weigh: (value: unknown, key: unknown) => number,
): CacheSettings {
  checkOptions('openCache', options, OPTIONS);
  const { maxEntries, maxBytes, sizeOf, ttlMs, sliding = false, staleMs = 0, negativeMs = 0 } = options;
  if (maxEntries === undefined && maxBytes === undefined) {
    throw new TypeError('openCache: a cache has a bound: give maxEntries or maxBytes');
  }
  if (maxEntries !== undefined) checkInteger('openCache: maxEntries', maxEntries, 1);
  if (maxBytes !== undefined) checkInteger('openCache: maxBytes', maxBytes, 1);
  if (ttlMs !== undefined) checkMs('openCache: ttlMs', ttlMs, Number.MIN_VALUE);
  if (typeof sliding !== 'boolean') {
    throw new TypeError(`openCache: sliding must be true or false, got ${show(sliding)}`);
  }
  if (ttlMs === undefined && (sliding || staleMs !== 0)) {
    throw new TypeError('openCache: sliding and staleMs mean nothing without ttlMs');
  }
  checkMs('openCache: staleMs', staleMs, 0);
  checkMs('openCache: negativeMs', negativeMs, 0);
  for (const name of ['sizeOf', 'onRemoved', 'onError'] as const) {
    const given = options[name];
    if (given === undefined || typeof given === 'function') continue;
    throw new TypeError(`openCache: ${name} must be a function, got ${show(given)}`);
  }
  return {
    maxEntries: maxEntries ?? Infinity,
    maxBytes: maxBytes ?? Infinity,
    sizeOf: maxBytes === undefined ? undefined : (sizeOf ?? weigh),
    ttlMs: ttlMs ?? 0,
    sliding,
    staleMs,
    negativeMs,
    onRemoved: options.onRemoved,
    onError: options.onError ?? (() => undefined),
  };
}
