import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { MapFormat } from '../../contract/maps.ts';
import { LAYOUT } from './layout.ts';

/** What is stored about a map, as JSON. */
export interface MapRecord {
  readonly codec: string;
  readonly shape: number;
  /** Which of its generations are its entries: another one after each load. */
  readonly generation: string;
  /** `false`: it was dropped; the generation stays. */
  readonly stored: boolean;
  /** `true` once an entry had a time to live. */
  readonly expires: boolean;
  /** `true` once a stamp was written. */
  readonly stamps: boolean;
}

/** The generation of a map that was never loaded. */
export const FIRST_GENERATION = '0';

/** The record of a map that has none. */
export function newRecord({ codec, shape }: MapFormat): MapRecord {
  return { codec, shape, generation: FIRST_GENERATION, stored: false, expires: false, stamps: false };
}

/** Writes a record. */
export function writeRecord(record: MapRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Reads a record. @throws StoreError `CORRUPT` */
export function readRecord(name: string, bytes: Buffer): MapRecord {
  const found = parse(`map ${show(name)}`, bytes) as Partial<MapRecord>;
  const { codec, shape, generation, stored, expires, stamps } = found;
  if (typeof codec !== 'string' || typeof shape !== 'number' || typeof generation !== 'string')
    throw new StoreError('CORRUPT', `the record of map ${show(name)} is none`);
  return {
    codec,
    shape,
    generation,
    stored: stored === true,
    expires: expires === true,
    stamps: stamps === true,
  };
}

/** What is stored about the store, as JSON. */
export interface StoreRecord {
  readonly layout: number;
  /** Letters and digits; another one after each load. */
  readonly lineage: string;
  /** When the lineage began, in milliseconds since the epoch. */
  readonly since: number;
}

/** Writes the record of a store. */
export function writeStoreRecord(record: StoreRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Reads the record of a store. @throws StoreError `FORMAT` for one of a later release, `CORRUPT` */
export function readStoreRecord(bytes: Buffer): StoreRecord {
  const { layout, lineage, since } = parse('the store', bytes) as Partial<StoreRecord>;
  if (typeof layout === 'number' && layout > LAYOUT)
    throw new StoreError('FORMAT', `the store has layout ${layout}, this release reads ${LAYOUT}`);
  if (layout !== LAYOUT || typeof lineage !== 'string' || !/^[A-Za-z0-9]{1,40}$/.test(lineage))
    throw new StoreError('CORRUPT', 'the record of the store is none');
  return { layout, lineage, since: typeof since === 'number' ? since : 0 };
}

function parse(what: string, bytes: Buffer): object {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw new StoreError('CORRUPT', `the record of ${what} is no JSON`, { cause: error });
  }
  throw new StoreError('CORRUPT', `the record of ${what} is none`);
}
