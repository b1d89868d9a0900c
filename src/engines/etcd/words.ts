import type { Compare, RangeRequest, RequestOp } from './protocol/requests.ts';
import type { ByteRange } from './layout.ts';

/** Comparisons and operations of transactions, by the numbers of the protocol. */

const GREATER = 1;
const CREATE = 1;
const MOD = 2;
const LEASE = 4;
const DESCENDING = 2;
const BY_KEY = 0;
const BY_CREATE = 2;

/** The key was last written in this revision; 0: it is absent. */
export function writtenIn(key: Uint8Array, modRevision: number): Compare {
  return { target: MOD, key, modRevision };
}

/** The key is there. */
export function exists(key: Uint8Array): Compare {
  return { target: CREATE, result: GREATER, key, createRevision: 0 };
}

/** The key has no lease, or is absent. */
export function unleased(key: Uint8Array): Compare {
  return { target: LEASE, key, lease: 0 };
}

/** There is no key in the range. */
export function empty({ key, end }: ByteRange): Compare {
  return { target: CREATE, key, rangeEnd: end, createRevision: 0 };
}

/** There is a key in the range. */
export function inhabited({ key, end }: ByteRange): Compare {
  return { target: CREATE, result: GREATER, key, rangeEnd: end, createRevision: 0 };
}

/** The newest keys of a range first. */
export const newestFirst: Pick<RangeRequest, 'sortOrder' | 'sortTarget'> = {
  sortOrder: DESCENDING,
  sortTarget: BY_CREATE,
};

/** The oldest keys of a range first. */
export const oldestFirst: Pick<RangeRequest, 'sortOrder' | 'sortTarget'> = {
  sortOrder: 1,
  sortTarget: BY_CREATE,
};

/** The last keys of a range first. */
export const lastFirst: Pick<RangeRequest, 'sortOrder' | 'sortTarget'> = {
  sortOrder: DESCENDING,
  sortTarget: BY_KEY,
};

export function read(key: Uint8Array): RequestOp {
  return { requestRange: { key } };
}

export function readRange({ key, end }: ByteRange, more: Omit<RangeRequest, 'key' | 'rangeEnd'>): RequestOp {
  return { requestRange: { key, rangeEnd: end, ...more } };
}

export function put(key: Uint8Array, value: Uint8Array, lease: number): RequestOp {
  return { requestPut: { key, value, lease } };
}

export function remove(key: Uint8Array): RequestOp {
  return { requestDeleteRange: { key } };
}

/** Removes a key and answers what it was. */
export function take(key: Uint8Array): RequestOp {
  return { requestDeleteRange: { key, prevKv: true } };
}

export function removeRange({ key, end }: ByteRange): RequestOp {
  return { requestDeleteRange: { key, rangeEnd: end } };
}

/** Carries out operations if the comparisons hold, within another transaction. */
export function within(compare: readonly Compare[], success: readonly RequestOp[]): RequestOp {
  return { requestTxn: { compare, success } };
}
