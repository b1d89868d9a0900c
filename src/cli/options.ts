import { InvalidArgumentError, Option } from 'commander';
import { isBookmark } from '../contract/position.ts';
import type { Ttl } from '../index.ts';
import { CODECS } from './notation.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a time such as `500ms`, `10s`, `5m`, `2h` or `1d` as milliseconds. */
export function durationOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('Say a number and its unit, as in 500ms, 10s, 5m, 2h or 1d.');
  return ms;
}

function ttlOf(text: string): Ttl {
  return text === 'never' || text === 'keep' ? text : durationOf(text);
}

/** Reads a whole number from 0 up. */
export function wholeOf(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('Say a whole number from 0 up.');
  }
  return number;
}

function countOf(text: string): number {
  const number = wholeOf(text);
  if (number === 0) throw new InvalidArgumentError('Say a whole number from 1 up.');
  return number;
}

function stampOf(text: string): bigint {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('Say a whole number.');
  return BigInt(text);
}

function watchStartOf(text: string): string {
  if (text === 'now' || text === 'current' || isBookmark(text)) return text;
  throw new InvalidArgumentError('Say now, current or a bookmark from a line of watch.');
}

const CONDITIONS = ['ifVersion', 'ifAbsent', 'ifPresent', 'ifValue', 'ifNewer'];

function condition(attribute: string, flags: string, description: string): Option {
  return new Option(flags, description).conflicts(CONDITIONS.filter((other) => other !== attribute));
}

export const IF_VERSION: Option = condition(
  'ifVersion',
  '--if-version <n>',
  'only over this version; 0: only where nothing is',
).argParser(wholeOf);
export const IF_ABSENT: Option = condition('ifAbsent', '--if-absent', 'only where nothing is');
export const IF_PRESENT: Option = condition('ifPresent', '--if-present', 'only over something');
export const IF_VALUE: Option = condition('ifValue', '--if-value <value>', 'only over an equal value');
export const IF_NEWER: Option = condition(
  'ifNewer',
  '--if-newer <stamp>',
  'only over an older stamp, or none',
).argParser(stampOf);

export const TTL: Option = new Option(
  '--ttl <time>',
  'how long the entry lives: 10s, 5m, never, keep (the expiry that stands)',
).argParser(ttlOf);
export const TEXT: Option = new Option('--text', 'the value is plain text, not JSON');
export const BARE: Option = new Option('--text', 'a string without its quotes');
export const CODEC: Option = new Option(
  '--codec <name>',
  'how a new map is stored: structured (unless said), json, text, bytes',
).choices(CODECS);

export const PREFIX: Option = new Option('--prefix <text>', 'keys that begin with this');
export const START: Option = new Option('--start <key>', 'from this key on');
export const END: Option = new Option('--end <key>', 'up to this key, without it');
export const REVERSE: Option = new Option('--reverse', 'from the end backwards');
export const LIMIT: Option = new Option('--limit <n>', 'at most so many').argParser(countOf);
export const KEYS_ONLY: Option = new Option('--keys-only', 'without values');

export const WATCH_KEY: Option = new Option('--key <key>', 'just this key').conflicts('prefix');
export const WATCH_START: Option = new Option(
  '--start <where>',
  'now, current (all that is there first), or a bookmark (all that came after it)',
).argParser(watchStartOf);
export const WATCH_PREVIOUS: Option = new Option('--previous', 'with what was there before');

export const ONE_MAP: Option = new Option('-m, --map <name>', 'just this map');
export const INTO_MAP: Option = new Option('-m, --map <name>', 'put all lines into this map');
export const KEEP_EXISTING: Option = new Option('--if-absent', 'keep what is there already');
export const REPLACE: Option = new Option(
  '--replace',
  'remove what the maps hold; without it they must be empty',
);
