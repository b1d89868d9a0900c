/**
 * The form of values that are no plain trees: with maps, sets, cycles, shared or very deep objects. All
 * objects of the value lie in one list of *nodes*, the value itself first. A node is a list that
 * begins with its tag; what stands for a part of it is a primitive, or a list of one number: the node
 * of that number.
 */

/** `[tag, key, part, key, part, …]` */
export const OBJECT = 0;
/** As {@link OBJECT}, without a prototype. */
export const BARE_OBJECT = 1;
/** `[tag, part, part, …]` */
export const ARRAY = 2;
/** `[tag, key part, value part, …]` */
export const MAP = 3;
/** `[tag, part, part, …]` */
export const SET = 4;
/** `[tag, date or bytes]` */
export const LEAF = 5;
/** `[tag, UTF-8 bytes]`: a string that begins with a byte order mark, which msgpackr would drop. */
export const TEXT = 6;

/** A node: its tag and its parts. */
export type GraphNode = unknown[];
