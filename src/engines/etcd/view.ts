import type { MapInfo } from '../../contract/maps.ts';
import type { Block, PointInTime } from '../../contract/services.ts';
import { StoreError } from '../../base/errors.ts';
import { hasExpired } from './entry.ts';
import { revisionOf } from './answer.ts';
import { isRefused } from './link/errors.ts';
import { range } from './protocol/methods.ts';
import { rowsAt, sizeOf } from './read.ts';
import { readRecord } from './record.ts';
import { checkOpen, type State } from './state.ts';
import { infoOf, type Table } from './tables.ts';

/** Entries of the first piece, and bytes that a piece should have. */
const FIRST = 250;
const PIECE_BYTES = 1024 * 1024;
const MOST = 2_000;

/** A map as it was at the moment of a view. */
interface Moment {
  readonly table: Table;
  readonly entries: string;
}

/**
 * A point in time: a revision, read by pages. etcd keeps no revision for a reader; when the history is compacted up to
 * behind it, reading ends with `UNAVAILABLE`.
 */
export async function viewOf(state: State, ids: readonly number[] | undefined): Promise<PointInTime> {
  checkOpen(state);
  const { key, end } = state.layout.records;
  const answer = await state.cluster.call(range, { key, rangeEnd: end }, 'read');
  const at = revisionOf(answer);
  const now = state.clock.now();
  const moments: Moment[] = [];
  for (const kv of answer.kvs) {
    const name = state.layout.nameOf(kv.key);
    const { stored, generation, codec, shape } = readRecord(name, kv.value);
    const table = state.tables.named(name, { codec, shape, references: false });
    if (stored ? ids === undefined || ids.includes(table.id) : false) {
      if (kv.modRevision > table.revision) state.tables.learn(table, kv);
      moments.push({ table, entries: state.layout.entries(name, generation) });
    }
  }
  const maps: MapInfo[] = (ids ?? []).map((id) => infoOf(state.tables.of(id)));
  let isOver = false;
  return {
    position: [at],
    maps: ids === undefined ? moments.map(({ table }) => infoOf(table)) : maps,
    async *blocks() {
      for (const moment of moments) {
        for await (const block of blocksOf(state, moment, at, now)) {
          if (isOver) return;
          yield block;
        }
      }
    },
    close() {
      isOver = true;
    },
  };
}

async function* blocksOf(
  state: State,
  { table, entries }: Moment,
  at: number,
  now: number,
): AsyncGenerator<Block> {
  let limit = FIRST;
  for (let start = ''; ;) {
    checkOpen(state);
    const { rows, more } = await rowsAt(state, entries, Buffer.from(start), undefined, {
      limit,
      revision: at,
    }).catch((error: unknown) => {
      if (!isRefused(error, 'compacted')) throw error;
      throw new StoreError(
        'UNAVAILABLE',
        'the history was compacted while a moment of it was read: begin again',
        {
          cause: error,
        },
      );
    });
    const living = rows.filter((row) => !hasExpired(row, { ...state.clock, now: () => now }));
    if (living.length > 0) yield { kind: 'entries', map: table.id, entries: living };
    const last = rows.at(-1);
    if (!more || last === undefined) return;
    start = `${last.key}\0`;
    const bytes = rows.reduce((sum, row) => sum + sizeOf(row), 0);
    limit = Math.min(MOST, Math.max(1, Math.floor((PIECE_BYTES * rows.length) / Math.max(bytes, 1))));
  }
}
