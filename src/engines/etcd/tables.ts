import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { MapFormat, MapInfo } from '../../contract/maps.ts';
import type { Layout } from './layout.ts';
import type { KeyValue } from './protocol/responses.ts';
import { newRecord, readRecord, type MapRecord } from './record.ts';

/** What this process knows of a map. */
export interface Table {
  /** The number by which the face knows it. */
  readonly id: number;
  readonly name: string;
  readonly recordKey: Buffer;
  /** The format that the handles of this process were opened with. */
  format: MapFormat;
  /** What is stored, as of `revision`. */
  record: MapRecord;
  /** The revision that wrote the record; 0: there is none. Every transaction compares it. */
  revision: number;
  /** What the keys of its entries begin with. */
  entries: string;
  /** What the keys of its remembered stamps begin with. */
  stamps: string;
}

/** The maps that this process knows, by number and by name. */
export class Tables {
  readonly #layout: Layout;
  readonly #moved: (table: Table) => void;
  readonly #byId: Table[] = [];
  readonly #byName = new Map<string, Table>();

  /** @param moved - told when the entries of a map are another generation */
  constructor(layout: Layout, moved: (table: Table) => void) {
    this.#layout = layout;
    this.#moved = moved;
  }

  /** @throws StoreError `CLOSED` for a number of another store */
  of(id: number): Table {
    const table = this.#byId[id - 1];
    if (table === undefined) throw new StoreError('CLOSED', `the store knows no map with number ${id}`);
    return table;
  }

  /** All maps that are known. */
  get all(): readonly Table[] {
    return this.#byId;
  }

  /** The map of this name, known from now on. */
  named(name: string, format: MapFormat): Table {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const record = newRecord(format);
    const table: Table = {
      id: this.#byId.length + 1,
      name,
      recordKey: this.#layout.record(name),
      format,
      record,
      revision: 0,
      entries: this.#layout.entries(name, record.generation),
      stamps: this.#layout.stamps(name, record.generation),
    };
    this.#byId.push(table);
    this.#byName.set(name, table);
    return table;
  }

  /** Takes in what is stored about a map. */
  learn(table: Table, stored: KeyValue | undefined): void {
    const record = stored === undefined ? newRecord(table.format) : readRecord(table.name, stored.value);
    this.set(table, record, stored?.modRevision ?? 0);
  }

  /**
   * {@link learn} in the middle of the work of handles that were opened before.
   *
   * @throws StoreError `FORMAT` when the map was dropped and begun again by another codec
   */
  relearn(table: Table, stored: KeyValue | undefined): void {
    const record = stored === undefined ? undefined : readRecord(table.name, stored.value);
    if (record?.stored && record.codec !== table.format.codec) {
      const formats = `by ${show(record.codec)}, this handle wants ${show(table.format.codec)}`;
      throw new StoreError('FORMAT', `map ${show(table.name)} was dropped and begun again ${formats}`);
    }
    this.learn(table, stored);
  }

  /** Takes in a record that was written in a revision. */
  set(table: Table, record: MapRecord, revision: number): void {
    const moved = record.generation !== table.record.generation;
    if (moved) {
      table.entries = this.#layout.entries(table.name, record.generation);
      table.stamps = this.#layout.stamps(table.name, record.generation);
    }
    table.record = record;
    table.revision = revision;
    if (moved) this.#moved(table);
    if (record.stored) table.format = { codec: record.codec, shape: record.shape, references: false };
  }
}

/** What the face is told of a map. */
export function infoOf({ id, name, format }: Table): MapInfo {
  return { id, name, ...format };
}
