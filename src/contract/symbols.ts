/** What the function given to `update` returns to leave the entry as it is. */
export const KEEP: unique symbol = Symbol('samemap.KEEP');

/** What the function given to `update` returns to remove the entry. */
export const DELETE: unique symbol = Symbol('samemap.DELETE');
