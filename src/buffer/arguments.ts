import { checkOptions, show } from '../base/options.ts';

/** The options of a call, checked by name. @throws TypeError naming the unknown one */
export function checked<Options extends object>(
  what: string,
  options: Options | undefined,
  names: readonly string[],
): Partial<Options> {
  if (options === undefined) return {};
  checkOptions(what, options, names);
  return options;
}

/** The entries of a call, each an array of that length. @throws TypeError naming the first that is none */
export function listOf(what: string, entries: unknown, length: number): unknown[][] {
  if (typeof entries !== 'object' || entries === null || !(Symbol.iterator in entries)) {
    throw new TypeError(`${what}: entries must be iterable, got ${show(entries)}`);
  }
  // SAFETY: it says that it is iterable.
  return Array.from(entries as Iterable<unknown>, (entry, index) => {
    if (Array.isArray(entry) && entry.length === length) return entry;
    throw new TypeError(`${what}: entry ${index} must be an array of ${length}, got ${show(entry)}`);
  });
}

/** What `sizeOf` said. @throws TypeError when it is no size */
export function checkedSize(bytes: unknown): number {
  if (typeof bytes === 'number' && bytes >= 0) return bytes;
  throw new TypeError(`sizeOf must return a number from 0, got ${show(bytes)}`);
}
