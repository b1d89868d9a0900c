/**
 * How a map's values are written: recorded by the store, so that another program cannot misread it.
 *
 * @example
 * ```ts
 * import type { MapFormat } from 'samemap';
 * const format: MapFormat = { codec: 'structured', shape: 0, references: false };
 * ```
 */
export interface MapFormat {
  /** Name of the codec; where keys are no text, that of the keys is part of it. */
  readonly codec: string;
  /** Number of the shape of its values, 0 to 65,535. */
  readonly shape: number;
  /** `true`: cells are references of the caller; only where `supports.values` is `any`. */
  readonly references: boolean;
}

/**
 * A map as the store knows it.
 *
 * @example
 * ```ts
 * import { open, type MapInfo } from 'samemap';
 * const store = await open('memory:');
 * const maps: readonly MapInfo[] = await store.maps();
 * console.log(maps.map(({ name, codec }) => `${name} (${codec})`));
 * await store.close();
 * ```
 */
export interface MapInfo extends MapFormat {
  /** The store's number for the map, from 1 up; stays while the store is open, over `drop` too. */
  readonly id: number;
  /** The map's name within its store. */
  readonly name: string;
}

/**
 * The maps of a store that answers at once. Names are checked by the face.
 *
 * @example
 * ```ts
 * import { memoryEngine } from 'samemap';
 * import type { SyncMaps } from 'samemap/engine';
 * const maps: SyncMaps = memoryEngine().maps;
 * console.log(maps.list()); // []
 * ```
 */
export interface SyncMaps {
  /**
   * Finds or begins a map. Writes nothing: the format is stored with the first write. What is
   * returned is the stored format where there is one, else the wanted; the face compares.
   */
  open(name: string, want: MapFormat): MapInfo;
  /** Removes all entries in one commit, and the stored format and remembered stamps; the id stays. */
  drop(id: number): void;
  /** Maps with a stored format, by name. */
  list(): readonly MapInfo[];
  /** Stores a higher shape for a map that has a stored format; entries keep the shape they were written with. */
  reshape(id: number, shape: number): void;
}

/**
 * {@link SyncMaps} in its second form: the same words, answered later.
 *
 * @example
 * ```ts
 * import type { AsyncMaps } from 'samemap/engine';
 * const names = async (maps: AsyncMaps): Promise<string[]> => (await maps.list()).map(({ name }) => name);
 * ```
 */
export type AsyncMaps = {
  readonly [Word in keyof SyncMaps]: (
    ...parameters: Parameters<SyncMaps[Word]>
  ) => Promise<ReturnType<SyncMaps[Word]>>;
};
