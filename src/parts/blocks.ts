import { StoreError } from '../base/errors.ts';
import type { Block, Loaded } from '../contract/services.ts';
import { RecordReader } from './record-reader.ts';
import { SET_BYTES, SET_NUMBER } from './record.ts';

/**
 * An entry of a block with the id of its map.
 *
 * @example
 * ```ts
 * import { type EntryBlock, entriesOf, type MapEntry } from 'samemap/engine';
 * const all = (block: EntryBlock): MapEntry[] => [...entriesOf(block)];
 * ```
 */
export interface MapEntry extends Loaded {
  readonly map: number;
}

/**
 * The entries of a block of either kind. Each is an object of its own; the bytes of values read from
 * records are copies.
 *
 * @throws StoreError `CORRUPT` for bytes that are no records, or records that are no entries
 *
 * @example
 * ```ts
 * import { entriesOf } from 'samemap/engine';
 * for (const { map, key } of entriesOf({ kind: 'entries', map: 1, entries: [] })) console.log(map, key);
 * ```
 */
export function* entriesOf(block: Block): Generator<MapEntry, void, undefined> {
  if (block.kind === 'entries') {
    for (const entry of block.entries) yield { map: block.map, ...entry };
    return;
  }
  const reader = new RecordReader(block.bytes, block.mapBase, block.versionBase);
  while (reader.next()) {
    if (reader.kind !== SET_BYTES && reader.kind !== SET_NUMBER) {
      throw new StoreError('CORRUPT', `a record of kind ${reader.kind} is no entry, at offset ${reader.at}`);
    }
    yield {
      map: reader.map,
      key: reader.key(),
      value: reader.cell(),
      version: reader.version,
      expiresAt: reader.expiresAt,
      shape: reader.shape,
      stamp: reader.stamp,
    };
  }
}
