import { hasExpired, type Row } from './entry.ts';
import { firstPiece, PAGE_BYTES, pieceSize, rowsAt, sizeOf, type Rows } from './read.ts';
import type { State } from './state.ts';
import type { Table } from './tables.ts';
import { beginBefore, sharedBy } from './tails.ts';
import { lastFirst } from './words.ts';

/**
 * The last `limit` entries of a range, in reverse, in pieces of bounded size, all of one revision. Of each piece one
 * entry more is asked for: it tells that there is more, and where to look the next time.
 */
export async function readBackwards(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
  limit: number,
): Promise<Rows> {
  const { tails } = state;
  const least = Buffer.from(start);
  const notBefore = (begin: Buffer | undefined): Buffer =>
    begin === undefined || begin.compare(least) <= 0 ? least : begin;
  const rows: Row[] = [];
  let from = notBefore(tails.before(table, end));
  let to: Buffer | undefined = end === undefined ? undefined : Buffer.from(end);
  let [base, at, seen, bytes, tries] = ['', 0, 0, 0, 0];
  for (;;) {
    const size = Math.min(limit - rows.length, pieceSize(seen, bytes));
    const how = { limit: size + 1, revision: at, ...lastFirst };
    const answer = await (at === 0
      ? firstPiece(state, table, from, to, how)
      : rowsAt(state, base, from, to, how));
    if (at === 0) ({ at, base } = answer);
    const piece = answer.rows.slice(0, size);
    for (const row of piece) {
      bytes += sizeOf(row);
      seen++;
      if (!hasExpired(row, state.clock)) rows.push(row);
    }
    const isFull = rows.length >= limit || bytes >= PAGE_BYTES;
    const [next, last] = [answer.rows[size], piece.at(-1)];
    if (next !== undefined && last !== undefined) {
      to = Buffer.from(last.key);
      from = notBefore(sharedBy(piece));
      tries = 0;
      if (!isFull) continue;
      tails.note(table, end, Buffer.from(next.key));
      tails.note(table, last.key, from);
      return { at, base, rows, more: true };
    }
    if (from === least) return { at, base, rows, more: false };
    // There were not enough that begin alike.
    to = from;
    from = notBefore(beginBefore(from, tries++));
    if (!isFull) continue;
    tails.note(table, end, from);
    const { rows: others } = await rowsAt(state, base, least, to, { limit: 1, revision: at });
    return { at, base, rows, more: others.length > 0 };
  }
}
