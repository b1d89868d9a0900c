import { StoreError } from '../base/errors.ts';

/** Where a reader of changes stands: the version reached, for each partition of the store. */
export type Position = readonly number[];

/**
 * Writes a bookmark: the lineage and the position, opaque to users.
 *
 * @param lineage - letters and digits
 */
export function formatBookmark(lineage: string, position: Position): string {
  return `${lineage}:${position.join('.')}`;
}

/**
 * Reads a bookmark.
 *
 * @throws TypeError when it is no string; StoreError `FORMAT` when it is no bookmark
 */
export function parseBookmark(bookmark: unknown): { lineage: string; position: Position } {
  if (typeof bookmark !== 'string') throw new TypeError(`a bookmark is a string, got ${typeof bookmark}`);
  const match = /^([A-Za-z0-9]{1,64}):(\d{1,16}(?:\.\d{1,16}){0,1023})$/.exec(bookmark);
  const position = match?.[2]?.split('.').map(Number);
  if (match?.[1] === undefined || position === undefined || !position.every(Number.isSafeInteger)) {
    throw new StoreError('FORMAT', `not a bookmark: ${JSON.stringify(bookmark.slice(0, 80))}`);
  }
  return { lineage: match[1], position };
}
