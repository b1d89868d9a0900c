import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';

/** Where a reader of changes stands: the version reached, for each partition of the store. */
export type Position = readonly number[];

/** What a bookmark says. */
export interface Bookmark {
  readonly lineage: string;
  /** `undefined`: the reader was in the middle of a catch-up, which starts over. */
  readonly position: Position | undefined;
}

/** Stands for the position of a reader that has none yet. */
const NOWHERE = '-';

/**
 * Writes a bookmark: the lineage and the position, opaque to users.
 *
 * @param lineage - letters and digits
 * @param position - `undefined` in the middle of a catch-up
 */
export function formatBookmark(lineage: string, position: Position | undefined): string {
  if (position?.length === 1) return `${lineage}:${position[0]}`;
  return `${lineage}:${position?.join('.') ?? NOWHERE}`;
}

/** Whether a text has the form of a bookmark. */
export function isBookmark(text: string): boolean {
  return bookmarkOf(text) !== undefined;
}

const NO_BOOKMARK = "watch: start must be 'now', 'current' or a bookmark";

/**
 * Reads a bookmark.
 *
 * @throws TypeError when it is no string; StoreError `FORMAT` when it is no bookmark
 */
export function parseBookmark(bookmark: unknown): Bookmark {
  if (typeof bookmark !== 'string') throw new TypeError(`${NO_BOOKMARK}, got ${show(bookmark)}`);
  const found = bookmarkOf(bookmark);
  if (found === undefined) throw new StoreError('FORMAT', `${NO_BOOKMARK}, got ${show(bookmark)}`);
  return found;
}

function bookmarkOf(bookmark: string): Bookmark | undefined {
  const match = /^([A-Za-z0-9]{1,64}):(-|\d{1,16}(?:\.\d{1,16}){0,1023})$/.exec(bookmark);
  const position = match?.[2] === NOWHERE ? undefined : match?.[2]?.split('.').map(Number);
  if (match?.[1] === undefined || position?.every(Number.isSafeInteger) === false) return undefined;
  return { lineage: match[1], position };
}
