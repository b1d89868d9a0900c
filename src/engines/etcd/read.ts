import type { ManyReply, Reply } from '../../contract/core.ts';
import { keyOf, hasExpired, rowOf, type Row } from './entry.ts';
import { rangeOf, revisionOf } from './answer.ts';
import { guarded } from './guarded.ts';
import { betweenBytes } from './layout.ts';
import { isRefused } from './link/errors.ts';
import { range, txn } from './protocol/methods.ts';
import type { RangeRequest, RequestOp } from './protocol/requests.ts';
import type { KeyValue, ResponseOp } from './protocol/responses.ts';
import { readRange, read } from './words.ts';
import type { State } from './state.ts';
import type { Table } from './tables.ts';

/** Reads an entry. */
export async function getOne(state: State, table: Table, key: string): Promise<Reply> {
  const { at, responses } = await guarded(state, table, 'read', ({ entries }) => ({
    success: [read(Buffer.from(entries + key))],
  }));
  const found = rangeOf(responses[0])[0];
  const row = found === undefined ? undefined : rowOf(key, found);
  if (row === undefined || hasExpired(row, state.clock)) return { ok: false, at, entry: undefined };
  return { ok: true, at, entry: row };
}

/** The most reads in one transaction. */
const READS = 120;

/** Reads several entries of one revision. */
export async function getMany(state: State, table: Table, keys: readonly string[]): Promise<ManyReply> {
  for (;;) {
    try {
      return await manyOf(state, table, keys);
    } catch (error) {
      if (!isRefused(error, 'compacted')) throw error;
    }
  }
}

async function manyOf(state: State, table: Table, keys: readonly string[]): Promise<ManyReply> {
  const distinct = [...new Set(keys)];
  const found = new Map<string, Row>();
  const note = (chunk: readonly string[], responses: readonly ResponseOp[]): void => {
    for (const [n, key] of chunk.entries()) {
      const stored = rangeOf(responses[n])[0];
      if (stored !== undefined) found.set(key, rowOf(key, stored));
    }
  };
  const reads = (base: string, chunk: readonly string[], revision: number): RequestOp[] =>
    chunk.map((key) => ({ requestRange: { key: Buffer.from(base + key), revision } }));
  let base = '';
  const first = distinct.slice(0, READS);
  const { at, responses } = await guarded(state, table, 'read', ({ entries }) => {
    base = entries;
    return { success: reads(entries, first, 0) };
  });
  note(first, responses);
  for (let from = READS; from < distinct.length; from += READS) {
    const chunk = distinct.slice(from, from + READS);
    const answer = await state.cluster.call(txn, { success: reads(base, chunk, at) }, 'read');
    note(chunk, answer.responses);
  }
  const live = (key: string): Row | undefined => {
    const row = found.get(key);
    return row === undefined || hasExpired(row, state.clock) ? undefined : row;
  };
  return { at, entries: keys.map(live) };
}

/** How many bytes a piece of a page should have. */
const PIECE_BYTES = 1024 * 1024;

/** Entries of the first piece of a page, when nothing is known of their size. */
const FIRST_PIECE = 250;

/** The most bytes of a page; one that grows beyond ends early. */
export const PAGE_BYTES: number = 16 * PIECE_BYTES;

/** A part of a map in order, as it stood in one revision. */
export interface Rows {
  readonly at: number;
  /** What the keys of the entries begin with: in this revision that is where the map is. */
  readonly base: string;
  /** Expired ones included, when they were asked for. */
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/**
 * Up to `limit` entries of a range in pieces of bounded size, all of one revision.
 *
 * @param expired - `true`: expired ones, too
 */
export async function readRows(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
  limit: number,
  expired: boolean,
): Promise<Rows> {
  const rows: Row[] = [];
  const to = end === undefined ? undefined : Buffer.from(end);
  let from = Buffer.from(start);
  let [base, at, seen, bytes] = ['', 0, 0, 0];
  for (;;) {
    const how = { limit: Math.min(limit - rows.length, pieceSize(seen, bytes)), revision: at };
    const answer = await (at === 0
      ? firstPiece(state, table, from, to, how)
      : rowsAt(state, base, from, to, how));
    if (at === 0) ({ at, base } = answer);
    for (const row of answer.rows) {
      bytes += sizeOf(row);
      seen++;
      if (expired || !hasExpired(row, state.clock)) rows.push(row);
    }
    const last = answer.rows.at(-1)?.key;
    if (last === undefined || !answer.more) return { at, base, rows, more: false };
    if (rows.length >= limit || bytes >= PAGE_BYTES) return { at, base, rows, more: true };
    from = Buffer.from(`${last}\0`);
  }
}

/** How many entries a piece should have, when so many had so many bytes. */
export function pieceSize(seen: number, bytes: number): number {
  if (seen === 0) return FIRST_PIECE;
  return Math.max(1, Math.floor((PIECE_BYTES * seen) / Math.max(bytes, 1)));
}

export function sizeOf({ value }: Row): number {
  return typeof value === 'number' ? 8 : (value as Uint8Array).length;
}

/** How a range is read. */
type How = Pick<RangeRequest, 'limit' | 'revision' | 'sortOrder' | 'sortTarget'>;

/** Reads a range of a map as it stands, its record compared. */
export async function firstPiece(
  state: State,
  table: Table,
  from: Buffer,
  to: Buffer | undefined,
  how: How,
): Promise<Rows> {
  let base = '';
  const { at, responses } = await guarded(state, table, 'read', ({ entries }) => {
    base = entries;
    return { success: [readRange(betweenBytes(base, from, to), how)] };
  });
  const found = responses[0]?.responseRange;
  return { at, base, rows: rowsOf(base, found?.kvs ?? []), more: found?.more ?? false };
}

/** Reads a range of keys that begin with `base`, in a revision. */
export async function rowsAt(
  state: State,
  base: string,
  from: Buffer,
  to: Buffer | undefined,
  how: How,
): Promise<Rows> {
  const { key, end } = betweenBytes(base, from, to);
  const found = await state.cluster.call(range, { key, rangeEnd: end, ...how }, 'read');
  return { at: revisionOf(found), base, rows: rowsOf(base, found.kvs), more: found.more };
}

function rowsOf(base: string, kvs: readonly KeyValue[]): Row[] {
  const baseBytes = Buffer.byteLength(base);
  return kvs.map((kv) => rowOf(keyOf(kv.key, baseBytes), kv));
}
