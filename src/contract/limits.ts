/** Bounds that every engine holds, so that what fits in one fits in all. */

/** The most bytes a key has in UTF-8. */
export const MAX_KEY_BYTES = 1024;

/** The most entries that one consistent page of an ordered range holds. */
export const MAX_PAGE_ENTRIES = 1000;

/** What a map's name looks like. */
export const MAP_NAME: RegExp = /^[A-Za-z0-9._-]{1,128}$/;

/** The highest shape number a map may declare. */
export const MAX_SHAPE = 65_535;

/** The least and greatest stamp: signed 64 bits. */
export const MIN_STAMP: bigint = -(2n ** 63n);
export const MAX_STAMP: bigint = 2n ** 63n - 1n;

/** The most bytes of records in one block of a snapshot; a block of a single record may be longer. */
export const MAX_BLOCK_BYTES: number = 16 * 1024 * 1024;
