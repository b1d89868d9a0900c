/** Maps as stores of Keyv. */
export { keyvStore } from './keyv-store.ts';
export type { KeyvStore, KeyvStoreItem, KeyvStoreOptions } from './types.ts';
