import { StoreError } from '../../base/errors.ts';
import type { MapFormat } from '../../contract/maps.ts';
import { chunkStart, claimSpan, STORE_OWNER } from './chunks.ts';
import { textAt } from './keys.ts';
import {
  CODEC_BYTES,
  FORMAT_WORDS,
  LAST_GENERATION,
  M_COUNTS,
  M_FORMAT,
  M_FORMATS,
  M_GENERATION,
  M_NAME,
  M_NAME_BYTES,
  M_STORED,
  MAP_COUNT,
  MAP_LIMIT,
  MAPS_LOCK,
} from './layout.ts';
import type { Table } from './local.ts';
import { damaged, type Memory } from './memory.ts';
import { lockWord, unlockWord } from './stripe-lock.ts';

/** The maps of the store: a directory of records, changed under a lock of its own. */

const encoder = new TextEncoder();
/** What there is room for; names have at most 128 characters of ASCII. */
const NAME_BYTES = (M_FORMATS - M_NAME) * 4;

/** Finds or begins a map. Until something is written, the last who opened it says its format. */
export function openMap(m: Memory, name: string, want: MapFormat): Table {
  const codec = encoder.encode(want.codec);
  if (codec.length > CODEC_BYTES) {
    throw new StoreError('LIMIT', `map ${name}: the name of its codec has more than ${CODEC_BYTES} bytes`);
  }
  lockWord(m, MAPS_LOCK);
  try {
    const table = findMap(m, name) ?? beginMap(m, name);
    if (m.words[table.record + M_STORED] === 0) writeFormat(m, table.record, want.shape, codec);
    return table;
  } finally {
    unlockWord(m, MAPS_LOCK);
  }
}

/** How many maps there are. */
export function mapCount(m: Memory): number {
  const count = Atomics.load(m.words, MAP_COUNT);
  if (count < 0 || count > MAP_LIMIT) throw damaged(`${count} maps`);
  return count;
}

/** A map by its number. */
export function mapOf(m: Memory, id: number): Table {
  const record = m.words[m.layout.mapsAt + id - 1] as number;
  if (record < m.layout.chunksAt || record >= m.layout.totalWords) throw damaged(`the record of map ${id}`);
  const length = m.words[record + M_NAME_BYTES] as number;
  if (length < 1 || length > NAME_BYTES) throw damaged(`the name of map ${id}`);
  return { id, name: textAt(m.bytes, (record + M_NAME) * 4, length), record };
}

/** A map by its name. */
export function findMap(m: Memory, name: string): Table | undefined {
  const count = mapCount(m);
  for (let id = 1; id <= count; id++) {
    const table = mapOf(m, id);
    if (table.name === name) return table;
  }
  return undefined;
}

/** The caller holds the lock. */
function beginMap(m: Memory, name: string): Table {
  const { words, layout } = m;
  const id = mapCount(m) + 1;
  if (id > MAP_LIMIT) throw new StoreError('LIMIT', `a shared store has at most ${MAP_LIMIT} maps`);
  const chunk = claimSpan(m, STORE_OWNER, Math.ceil((M_COUNTS + layout.stripes) / layout.chunkWords));
  if (chunk < 0) throw new StoreError('FULL', `map ${name}: no room for another map`);
  const record = chunkStart(m, chunk);
  words.fill(0, record, record + M_COUNTS + layout.stripes);
  const text = encoder.encode(name);
  m.bytes.set(text, (record + M_NAME) * 4);
  words[record + M_NAME_BYTES] = text.length;
  words[record + M_GENERATION] = newGeneration(m);
  words[layout.mapsAt + id - 1] = record;
  Atomics.store(words, MAP_COUNT, id);
  return { id, name, record };
}

/** A number that no map has or had. */
export function newGeneration(m: Memory): number {
  return Atomics.add(m.words, LAST_GENERATION, 1) + 1;
}

/** Writes the format that does not count, then makes it the one that does. */
export function writeFormat(m: Memory, record: number, shape: number, codec: Uint8Array): void {
  const { words } = m;
  const next = words[record + M_FORMAT] === 0 ? 1 : 0;
  const at = record + M_FORMATS + next * FORMAT_WORDS;
  words[at] = shape;
  words[at + 1] = codec.length;
  m.bytes.set(codec, (at + 2) * 4);
  Atomics.store(words, record + M_FORMAT, next);
}

/** Stores a higher shape. */
export function reshape(m: Memory, record: number, shape: number): void {
  lockWord(m, MAPS_LOCK);
  try {
    writeFormat(m, record, shape, encoder.encode(readFormat(m, record).codec));
  } finally {
    unlockWord(m, MAPS_LOCK);
  }
}

/** The format of a map. */
export function formatOf(m: Memory, record: number): MapFormat {
  lockWord(m, MAPS_LOCK);
  try {
    return readFormat(m, record);
  } finally {
    unlockWord(m, MAPS_LOCK);
  }
}

/** {@link formatOf} for who holds the lock. */
function readFormat(m: Memory, record: number): MapFormat {
  const { words } = m;
  const at = record + M_FORMATS + (words[record + M_FORMAT] === 0 ? 0 : FORMAT_WORDS);
  const length = words[at + 1] as number;
  if (length < 0 || length > CODEC_BYTES) throw damaged('the format of a map');
  return { codec: textAt(m.bytes, (at + 2) * 4, length), shape: words[at] as number, references: false };
}

/** `true` when something was written since the map was begun or dropped. */
export function isStored(m: Memory, record: number): boolean {
  return Atomics.load(m.words, record + M_STORED) !== 0;
}
