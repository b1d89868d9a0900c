// An engine that is nothing but what snapshots and restores need: maps of entries in memory.
import { systemClock } from '../../src/base/clock.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Codec } from '../../src/contract/codec.ts';
import type { Engine } from '../../src/contract/engine.ts';
import type { MapInfo } from '../../src/contract/maps.ts';
import type { Block, Loaded, LoadRequest, PointInTime } from '../../src/contract/services.ts';
import type { MapContext } from '../../src/map/context.ts';
import { entriesOf } from '../../src/parts/blocks.ts';
import { encodeRecord, recordBound, SET_BYTES, SET_NUMBER } from '../../src/parts/record.ts';

/** A map on the shelf. */
export interface Shelved {
  readonly info: MapInfo;
  readonly entries: readonly Loaded[];
}

export interface ShelfOptions {
  readonly maps?: readonly Shelved[];
  /** How a view hands out its entries; `records` as a log would. */
  readonly blocks?: 'entries' | 'records';
  /** Entries of a block. */
  readonly blockEntries?: number;
  readonly valueBytes?: number;
  readonly clock?: Clock;
}

/** The engine, and what tests ask it. */
export class Shelf {
  readonly engine: Engine;
  maps: readonly Shelved[];
  /** How many loads were begun, and how many views are open. */
  loads = 0;
  openViews = 0;
  /** Blocks handed out by views. */
  blocksGiven = 0;
  readonly #options: ShelfOptions;

  constructor(options: ShelfOptions = {}) {
    this.#options = options;
    this.maps = options.maps ?? [];
    const engine = {
      form: 'sync',
      supports: { limits: { keyBytes: 1024, valueBytes: options.valueBytes ?? 2 ** 28 } },
      clock: options.clock ?? systemClock(),
      maps: { list: () => this.maps.map(({ info }) => info) },
      core: { count: (id: number) => ({ at: 1, count: this.#find(id)?.entries.length ?? 0 }) },
      view: async (ids: readonly number[] | undefined) => this.#view(ids),
      load: (request: LoadRequest) => this.#load(request),
    };
    // SAFETY: all that snapshots and restores call.
    this.engine = engine as object as Engine;
  }

  /** The entries of a map by key, in order. */
  entries(name: string): readonly Loaded[] {
    return this.maps.find(({ info }) => info.name === name)?.entries ?? [];
  }

  /** The context of a handle of a map. */
  context(
    name: string,
    codec: Codec<unknown>,
    format: { shape?: number; references?: boolean } = {},
  ): MapContext {
    const { shape = 0, references = false } = format;
    const context = {
      name,
      engine: this.engine,
      format: { codec: references ? 'references' : codec.name, shape, references },
      encoding: { codec, name: codec.name },
      onClose: () => () => undefined,
      idAsync: async () => this.maps.find(({ info }) => info.name === name)?.info.id ?? 999,
    };
    // SAFETY: all that snapshots and restores call.
    return context as object as MapContext;
  }

  #find(id: number): Shelved | undefined {
    return this.maps.find(({ info }) => info.id === id);
  }

  #view(ids: readonly number[] | undefined): PointInTime {
    this.openViews++;
    const shelved = this.maps.filter(({ info }) => ids === undefined || ids.includes(info.id));
    let open = true;
    return {
      position: [7, 8],
      maps: shelved.map(({ info }) => info),
      blocks: () => this.#blocks(shelved),
      close: () => {
        if (open) this.openViews--;
        open = false;
      },
    };
  }

  async *#blocks(shelved: readonly Shelved[]): AsyncGenerator<Block> {
    const size = this.#options.blockEntries ?? 3;
    for (const { info, entries } of shelved) {
      for (let at = 0; at < entries.length; at += size) {
        this.blocksGiven++;
        const slice = entries.slice(at, at + size);
        yield this.#options.blocks === 'records'
          ? recordsOf(info.id, slice)
          : { kind: 'entries', map: info.id, entries: slice };
      }
    }
  }

  async #load({ maps, blocks, replace }: LoadRequest): Promise<number> {
    this.loads++;
    const staged = new Map(maps.map(({ id }) => [id, new Map<string, Loaded>()]));
    for await (const block of blocks) {
      for (const { map, ...entry } of entriesOf(block)) staged.get(map)?.set(entry.key, entry);
    }
    const names = new Set(maps.map(({ name }) => name));
    if (!replace && this.maps.some(({ info, entries }) => names.has(info.name) && entries.length > 0)) {
      throw new Error('restore let a map through that is not empty');
    }
    const loaded = maps.map(({ id, ...format }, i) => ({
      info: { ...format, id: 100 + i },
      entries: [...(staged.get(id)?.values() ?? [])],
    }));
    this.maps = [...this.maps.filter(({ info }) => !names.has(info.name)), ...loaded];
    return loaded.reduce((sum, { entries }) => sum + entries.length, 0);
  }
}

/** A block of records whose map and versions need the bases. */
export function recordsOf(map: number, entries: readonly Loaded[]): Block {
  const versionBase = Math.min(...entries.map(({ version }) => version));
  const bytes = new Uint8Array(
    entries.reduce((sum, { key, value }) => sum + recordBound(key, bytesOrNumber(value)), 0),
  );
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { key, value, version, expiresAt, shape, stamp } of entries) {
    const cell = bytesOrNumber(value);
    const kind = typeof cell === 'number' ? SET_NUMBER : SET_BYTES;
    at = encodeRecord(bytes, view, at, kind, 0, key, cell, version - versionBase, expiresAt, shape, stamp);
  }
  return { kind: 'records', count: entries.length, mapBase: map, versionBase, bytes: bytes.subarray(0, at) };
}

function bytesOrNumber(value: Loaded['value']): Uint8Array | number {
  if (typeof value === 'number' || value instanceof Uint8Array) return value;
  throw new TypeError('a record holds no reference');
}

/** A map for the shelf. */
export function shelved(
  name: string,
  entries: readonly Partial<Loaded>[],
  format: Partial<MapInfo> = {},
): Shelved {
  return {
    info: { id: 1, name, codec: 'bytes', shape: 9, references: false, ...format },
    entries: entries.map((entry, i) => ({
      key: `k${i}`,
      value: i,
      version: i + 1,
      expiresAt: 0,
      shape: 0,
      stamp: undefined,
      ...entry,
    })),
  };
}

/** All pieces of a stream, in one. */
export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}
