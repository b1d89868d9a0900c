/** Keys of other types than text, as strings that sort like them. */
export { mixedKeys } from './mixed.ts';
export type { MixedKey } from './mixed.ts';
export { bigintKeys, booleanKeys, bytesKeys, dateKeys, integerKeys, numberKeys } from './scalars.ts';
export { tupleKeys } from './tuple.ts';
