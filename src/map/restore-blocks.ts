import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Reference } from '../contract/core.ts';
import type { Block, Loaded, RecordBlock } from '../contract/services.ts';
import { entriesOf } from '../parts/blocks.ts';
import { RecordReader } from '../parts/record-reader.ts';
import type { Target } from './restore-target.ts';

/**
 * What an engine is given for a block of a snapshot: the records of the targets, or, for maps that
 * keep references, their entries with decoded values.
 *
 * @param targets - by the id of the map in the snapshot
 * @param all - `true`: the snapshot holds no other maps
 */
export function* blocksFor(
  block: RecordBlock,
  targets: ReadonlyMap<number, Target>,
  all: boolean,
): Generator<Block> {
  if ([...targets.values()].some(({ codec }) => codec !== undefined)) {
    yield* decoded(block, targets);
    return;
  }
  const kept = all ? block : only(block, targets);
  if (kept.count > 0) yield kept;
}

/** The block without the records of maps that are no targets. */
function only(block: RecordBlock, targets: ReadonlyMap<number, unknown>): RecordBlock {
  const reader = new RecordReader(block.bytes, block.mapBase, block.versionBase);
  const parts: Uint8Array[] = [];
  let count = 0;
  while (reader.next()) {
    if (!targets.has(reader.map)) continue;
    parts.push(block.bytes.subarray(reader.at, reader.end));
    count++;
  }
  if (count === block.count) return block;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { ...block, count, bytes, sum: undefined };
}

function* decoded(block: RecordBlock, targets: ReadonlyMap<number, Target>): Generator<Block> {
  const maps = new Map<number, Loaded[]>();
  for (const entry of entriesOf(block)) {
    const target = targets.get(entry.map);
    if (target === undefined) continue;
    const entries = maps.get(entry.map) ?? [];
    maps.set(entry.map, entries);
    entries.push(withReference(entry, target));
  }
  for (const [map, entries] of maps) yield { kind: 'entries', map, entries };
}

function withReference(entry: Loaded, { map, codec }: Target): Loaded {
  if (codec === undefined || (typeof entry.value === 'object' && !(entry.value instanceof Uint8Array)))
    return entry;
  try {
    // SAFETY: opaque to the engine, which said that it takes any value.
    return { ...entry, value: codec.decode(entry.value) as Reference };
  } catch (cause) {
    const where = `map ${show(map.name)}, key ${show(entry.key)}`;
    throw new StoreError('CODEC', `${where}: the value in the snapshot cannot be decoded`, { cause });
  }
}
