import type { Row } from './entry.ts';
import type { Table } from './tables.ts';

/** Of how many ends of a map it is remembered where the last entries before them begin. */
const MOST_ENDS = 64;

/**
 * Where the last entries before an end are likely to begin. A server that is asked for the last entries of a range
 * reads and sorts all of it, so that it is asked for a part that has enough of them.
 *
 * INVARIANT: what is remembered says where to look first, never where to end.
 */
export class Tails {
  readonly #begins = new WeakMap<Table, Map<string, Buffer>>();

  /** Where to look for the last entries before an end; `undefined`: nothing is known. */
  before(table: Table, end: string | undefined): Buffer | undefined {
    return this.#begins.get(table)?.get(nameOf(end));
  }

  /** Remembers that the last entries before an end begin here. */
  note(table: Table, end: string | undefined, begin: Buffer): void {
    let begins = this.#begins.get(table);
    if (begins === undefined) this.#begins.set(table, (begins = new Map()));
    begins.delete(nameOf(end));
    begins.set(nameOf(end), begin);
    for (const name of begins.keys()) {
      if (begins.size <= MOST_ENDS) return;
      begins.delete(name);
    }
  }
}

/** No end is told from the end of the same text. */
function nameOf(end: string | undefined): string {
  return end === undefined ? '' : `<${end}`;
}

/** What the keys of all of these rows, which are in order, begin with. */
export function sharedBy(rows: readonly Row[]): Buffer {
  const [first, last] = [Buffer.from(rows[0]?.key ?? ''), Buffer.from(rows.at(-1)?.key ?? '')];
  let same = 0;
  while (same < last.length && last[same] === first[same]) same++;
  return last.subarray(0, same);
}

/** How far the last byte of a beginning is lowered at the first tries to find more, before the beginning is cut. */
const LOWERED: readonly number[] = [1, 3];

/**
 * Where to look for what is before a beginning: at those beside it, then at all that have one byte less in common, then
 * two, four and so on.
 *
 * @param tries - how often that was tried already since anything was found
 */
export function beginBefore(begin: Buffer, tries: number): Buffer {
  const lowered = (begin.at(-1) ?? 0) - (LOWERED[tries] ?? Infinity);
  if (lowered > 0) return Buffer.concat([begin.subarray(0, -1), Buffer.of(lowered)]);
  return begin.subarray(0, Math.max(0, begin.length - 2 ** Math.max(0, tries - LOWERED.length)));
}
