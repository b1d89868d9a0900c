/** The door for who writes an engine: the seam, its one truth table, and the parts that local engines are made of. */
export { ANY, holds, NEWER, PRESENT, VERSION } from './contract/condition.ts';
export type { Condition } from './contract/condition.ts';
export { KEEP_EXPIRY } from './contract/core.ts';
export type { AsyncCore, Cell, Guard, Operation, Stored, SyncCore } from './contract/core.ts';
export type { AsyncMaps, SyncMaps } from './contract/maps.ts';
export type { Block, EntryBlock, Feed, FeedEvent, Loaded, Scope, Services } from './contract/services.ts';

export { systemClock } from './base/clock.ts';
export { compareUtf8, prefixEnd } from './base/utf8.ts';
export { entriesOf } from './parts/blocks.ts';
export type { MapEntry } from './parts/blocks.ts';
export { Feeds } from './parts/feeds.ts';
export { KeyedLocks } from './parts/keyed-lock.ts';
export { OrderedKeys } from './parts/ordered-keys.ts';
export type { Ordered } from './parts/ordered-keys.ts';
export { TimingWheel } from './parts/timing-wheel.ts';
export type { Timed } from './parts/timing-wheel.ts';
export { Tombstones } from './parts/tombstones.ts';
