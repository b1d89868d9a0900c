import type { Change } from '../../contract/change.ts';
import type { Watch } from '../../contract/watch.ts';
import type { Background } from './background.ts';
import { closedError } from './background.ts';
import type { CacheTable } from './table.ts';

/** Brings what a watch tells of the map into the table. */
export class Feed {
  readonly #watch: Watch<unknown, unknown>;
  readonly #table: CacheTable;
  readonly #background: Background;
  readonly #encodeKey: (key: unknown) => string;
  /** `true`: the table mirrors the map; else it is a copy of a part. */
  readonly #mirrors: boolean;

  constructor(
    watch: Watch<unknown, unknown>,
    table: CacheTable,
    background: Background,
    encodeKey: (key: unknown) => string,
    mirrors: boolean,
  ) {
    this.#watch = watch;
    this.#table = table;
    this.#background = background;
    this.#encodeKey = encodeKey;
    this.#mirrors = mirrors;
  }

  /** Reads from here on; resolves when the watch has told what there is. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const followed = this.#follow(resolve);
      followed.then(() => reject(closedError()), reject);
      this.#background.run(followed);
    });
  }

  async close(): Promise<void> {
    await this.#watch.close();
  }

  /** Reads the watch until it ends; `live` is called when it has told what there is. */
  async #follow(live: () => void): Promise<void> {
    try {
      for await (const change of this.#watch) this.#apply(change, live);
    } finally {
      // From here on nobody tells what becomes of what is here.
      this.#table.keeps = false;
      this.#table.forget();
    }
  }

  #apply(change: Change<unknown, unknown>, live: () => void): void {
    switch (change.type) {
      case 'insert':
      case 'update': {
        const text = this.#encodeKey(change.key);
        this.#table.told(text, change.version);
        if (this.#mirrors || this.#table.find(text) !== undefined) this.#table.put(text, change);
        return;
      }
      case 'delete':
      case 'expire': {
        const text = this.#encodeKey(change.key);
        this.#table.told(text, change.version);
        this.#table.remove(text, change.version, change.type === 'expire' ? 'expired' : 'deleted');
        return;
      }
      case 'reset':
        // Until `live` the watch may leave out what was removed meanwhile.
        this.#table.keeps = false;
        this.#table.forget();
        return;
      case 'live':
        this.#table.keeps = !this.#background.closed;
        live();
        return;
      case 'progress':
    }
  }
}
