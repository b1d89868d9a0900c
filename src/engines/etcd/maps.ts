import type { AsyncMaps, MapFormat, MapInfo } from '../../contract/maps.ts';
import { backOff } from './backoff.ts';
import { clearRange } from './clear.ts';
import { guarded } from './guarded.ts';
import { range } from './protocol/methods.ts';
import type { KeyValue } from './protocol/responses.ts';
import { readRecord, writeRecord } from './record.ts';
import { checkOpen, type State } from './state.ts';
import { infoOf, type Table } from './tables.ts';
import { put } from './words.ts';

/** The maps of a store. */
export function etcdMaps(state: State): AsyncMaps {
  return {
    async open(name, want) {
      checkOpen(state);
      const table = state.tables.named(name, want);
      const { kvs } = await state.cluster.call(range, { key: table.recordKey }, 'read');
      return openAs(state, table, want, kvs[0]);
    },
    async drop(id) {
      checkOpen(state);
      await clearRange(state, state.tables.of(id), '', undefined, true);
    },
    async list() {
      checkOpen(state);
      return (await storedTables(state)).map(infoOf);
    },
    reshape: (id, shape) => reshape(state, id, shape),
  };
}

/** The stored format; where there is none, the one that is wanted holds from now on. */
function openAs(state: State, table: Table, want: MapFormat, found: KeyValue | undefined): MapInfo {
  const stored = found !== undefined && readRecord(table.name, found.value).stored;
  if (!stored) table.format = want;
  state.tables.learn(table, found);
  return infoOf(table);
}

/**
 * Reads the records of all maps.
 *
 * @returns those with a stored format, by name
 */
export async function storedTables(state: State): Promise<Table[]> {
  const { key, end } = state.layout.records;
  const { kvs } = await state.cluster.call(range, { key, rangeEnd: end }, 'read');
  const tables: Table[] = [];
  for (const kv of kvs) {
    const name = state.layout.nameOf(kv.key);
    const { codec, shape, stored } = readRecord(name, kv.value);
    if (!stored) continue;
    const table = state.tables.named(name, { codec, shape, references: false });
    if (kv.modRevision > table.revision) state.tables.learn(table, kv);
    tables.push(table);
  }
  return tables;
}

async function reshape(state: State, id: number, shape: number): Promise<void> {
  const table = state.tables.of(id);
  for (let tries = 0; ; tries++) {
    const { record, revision } = table;
    if (record.stored && record.shape >= shape) return;
    if (!record.stored) {
      table.format = { ...table.format, shape };
      return;
    }
    const next = { ...record, shape };
    const { at } = await guarded(state, table, 'again', () => ({
      success: [put(table.recordKey, writeRecord(next), 0)],
    }));
    if (table.revision === revision) state.tables.set(table, next, at);
    await backOff(tries);
  }
}
