/**
 * What the function given to `update` returns to leave the entry as it is.
 *
 * @example
 * ```ts
 * import { KEEP, memoryMap } from 'samemap';
 * memoryMap<number>().update('highest', (now = 0) => (now < 10 ? 10 : KEEP));
 * ```
 */
export const KEEP: unique symbol = Symbol('samemap.KEEP');

/**
 * What the function given to `update` returns to remove the entry; fine where there is none.
 *
 * @example
 * ```ts
 * import { DELETE, memoryMap } from 'samemap';
 * memoryMap<number>().update('left', (now = 0) => (now > 1 ? now - 1 : DELETE));
 * ```
 */
export const DELETE: unique symbol = Symbol('samemap.DELETE');
