import type { AsyncEngine } from '../../../contract/engine.ts';
import type { AsyncMaps, MapFormat, MapInfo } from '../../../contract/maps.ts';

/** The maps of several partitions, each of which numbers them in its own way. */
export class MapIds {
  readonly #engines: readonly AsyncEngine[];
  readonly #names: string[] = [];
  readonly #ids: (readonly number[])[] = [];

  constructor(engines: readonly AsyncEngine[]) {
    this.#engines = engines;
  }

  /** The number of a map in a partition. */
  in(partition: number, id: number): number {
    return this.#ids[id - 1]?.[partition] ?? 0;
  }

  /** The number by which a map of a partition is known here; 0 when it is none. */
  from(partition: number, inner: number): number {
    return this.#ids.findIndex((ids) => ids[partition] === inner) + 1;
  }

  /** The words of the seam over all partitions. */
  get maps(): AsyncMaps {
    return {
      open: (name, want) => this.open(name, want),
      drop: async (id) => {
        await Promise.all(this.#engines.map(({ maps }, partition) => maps.drop(this.in(partition, id))));
      },
      list: () => this.#list(),
      reshape: async (id, shape) => {
        await Promise.all(
          this.#engines.map(({ maps }, partition) => maps.reshape(this.in(partition, id), shape)),
        );
      },
    };
  }

  /** Opens a map everywhere. A format that differs from the wanted one was stored by a partition. */
  async open(name: string, want: MapFormat): Promise<MapInfo> {
    const infos = await Promise.all(this.#engines.map(({ maps }) => maps.open(name, want)));
    const id = this.#register(name, infos);
    const other = infos.find(
      ({ codec, references }) => codec !== want.codec || references !== want.references,
    );
    const { codec, references } = other ?? want;
    return { id, name, codec, references, shape: Math.max(...infos.map(({ shape }) => shape)) };
  }

  async #list(): Promise<readonly MapInfo[]> {
    const lists = await Promise.all(this.#engines.map(({ maps }) => maps.list()));
    const byName = new Map<string, MapInfo>();
    for (const info of lists.flat()) {
      const known = byName.get(info.name);
      if (known === undefined || known.shape < info.shape) byName.set(info.name, info);
    }
    const names = [...byName.keys()].sort();
    return await Promise.all(
      names.map(async (name) => {
        // SAFETY: the names come from the map.
        const format = byName.get(name) as MapInfo;
        const at = this.#names.indexOf(name);
        return at < 0 ? await this.open(name, format) : { ...format, id: at + 1 };
      }),
    );
  }

  #register(name: string, infos: readonly MapInfo[]): number {
    const at = this.#names.indexOf(name);
    if (at >= 0) return at + 1;
    this.#ids.push(infos.map(({ id }) => id));
    return this.#names.push(name);
  }
}
