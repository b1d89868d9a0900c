import { StoreError } from '../base/errors.ts';

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

/**
 * Reads a bookmark.
 *
 * @throws TypeError when it is no string; StoreError `FORMAT` when it is no bookmark
 */
export function parseBookmark(bookmark: unknown): Bookmark {
  if (typeof bookmark !== 'string') throw new TypeError(`a bookmark is a string, got ${typeof bookmark}`);
  const match = /^([A-Za-z0-9]{1,64}):(-|\d{1,16}(?:\.\d{1,16}){0,1023})$/.exec(bookmark);
  const position = match?.[2] === NOWHERE ? undefined : match?.[2]?.split('.').map(Number);
  if (match?.[1] === undefined || position?.every(Number.isSafeInteger) === false) {
    throw new StoreError('FORMAT', `not a bookmark: ${JSON.stringify(bookmark.slice(0, 80))}`);
  }
  return { lineage: match[1], position };
}
