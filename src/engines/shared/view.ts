import type { MapInfo } from '../../contract/maps.ts';
import type { Position } from '../../contract/position.ts';
import type { Block, Loaded, PointInTime } from '../../contract/services.ts';
import { chunkStart, recordAt } from './chunks.ts';
import {
  cellAt,
  ENTRY,
  expiryAt,
  generationAt,
  keyAt,
  kindAt,
  mapAt,
  shapeAt,
  stampAt,
  versionAt,
} from './entries.ts';
import { C_OWNER, EMPTY, TOMB } from './layout.ts';
import type { Local, Table } from './local.ts';
import type { Memory } from './memory.ts';
import { lockAll, unlockAll } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';
import { newestVersion } from './versions.ts';
import { generationOf } from './words.ts';

/** About how many entries a block has. */
const BLOCK_ENTRIES = 1000;

/** What a view asks of the store. */
export interface ViewHost {
  readonly local: Local;
  readonly views: Set<PointInTime>;
  checkOpen(): void;
  infoOf(table: Table): MapInfo;
}

/** Some maps as they stood at one version: a private copy of all chunks in use, taken under all locks. */
export class View implements PointInTime {
  readonly position: Position;
  readonly maps: readonly MapInfo[];
  readonly #host: ViewHost;
  readonly #now: number;
  /** Generations by the id of the map. */
  readonly #wanted: ReadonlyMap<number, number>;
  #copy: Memory | undefined;

  constructor(host: ViewHost, tables: readonly Table[]) {
    const { m, clock } = host.local;
    this.#host = host;
    lockAll(m, false);
    try {
      this.position = [newestVersion(m)];
      this.#now = clock.now();
      this.#wanted = new Map(tables.map((table) => [table.id, generationOf(m, table)]));
      this.#copy = copyOf(m);
    } finally {
      unlockAll(m);
    }
    this.maps = tables.map((table) => host.infoOf(table));
    host.views.add(this);
  }

  blocks(): AsyncIterable<Block> {
    const host = this.#host;
    const read = (): Generator<Block, undefined, undefined> => this.#read();
    return {
      async *[Symbol.asyncIterator]() {
        for (const block of read()) {
          // Each block in a turn of its own, so that others are served in between.
          await new Promise((resolve) => setImmediate(resolve));
          host.checkOpen();
          yield block;
        }
      },
    };
  }

  close(): void {
    this.#copy = undefined;
    this.#host.views.delete(this);
  }

  *#read(): Generator<Block, undefined, undefined> {
    let blocks = new Map<number, Loaded[]>();
    for (let stripe = 0; stripe < this.#host.local.m.layout.stripes; stripe++) {
      const m = this.#copy;
      if (m === undefined) return;
      for (const { map, entry } of entriesOf(m, stripe, this.#wanted, this.#now)) {
        const entries = blocks.get(map);
        if (entries === undefined) blocks.set(map, [entry]);
        else if (entries.push(entry) === BLOCK_ENTRIES) {
          yield { kind: 'entries', map, entries };
          blocks.delete(map);
        }
      }
    }
    for (const [map, entries] of blocks) yield { kind: 'entries', map, entries };
    blocks = new Map();
  }
}

/** The entries of a stripe that belong to some maps and have not expired. */
function* entriesOf(
  m: Memory,
  stripe: number,
  wanted: ReadonlyMap<number, number>,
  now: number,
): Generator<{ readonly map: number; readonly entry: Loaded }, void, undefined> {
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  for (let i = 0; i < pairs; i++) {
    const block = m.words[pairAt(index, i) + 1] as number;
    if (block === EMPTY || block === TOMB || kindAt(m, block) !== ENTRY) continue;
    const map = mapAt(m, block);
    if (wanted.get(map) !== generationAt(m, block)) continue;
    const expiresAt = expiryAt(m, block);
    if (expiresAt !== 0 && expiresAt <= now) continue;
    const entry: Loaded = {
      key: keyAt(m, block),
      value: cellAt(m, block),
      version: versionAt(m, block),
      expiresAt,
      shape: shapeAt(m, block),
      stamp: stampAt(m, block),
    };
    yield { map, entry };
  }
}

/** A copy of everything but the ring; chunks that nobody owns are left out, and cost nothing. */
function copyOf(m: Memory): Memory {
  const { words, layout } = m;
  const copy = new Int32Array(layout.totalWords);
  copy.set(words.subarray(0, layout.birthsAt), 0);
  copy.set(words.subarray(layout.stripesAt, layout.chunksAt), layout.stripesAt);
  let begin = -1;
  for (let chunk = 0; chunk <= layout.chunks; chunk++) {
    const used = chunk < layout.chunks && words[recordAt(m, chunk) + C_OWNER] !== 0;
    if (used && begin < 0) begin = chunk;
    if (used || begin < 0) continue;
    const from = chunkStart(m, begin);
    copy.set(words.subarray(from, chunkStart(m, chunk)), from);
    begin = -1;
  }
  return { ...m, words: copy, bytes: new Uint8Array(copy.buffer) };
}
