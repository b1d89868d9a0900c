import { textKeys } from '../codec/keys.ts';
import { StoreError, type SetItem, type Store, type Ttl } from '../index.ts';
import type { Call } from './command.ts';
import { EXIT, Refusal } from './exit.ts';
import { readLine, type MapLine } from './json-line.ts';
import { counted } from './printable.ts';
import { anyMap, type NotedMap } from './stores.ts';

/** How many entries are written at once. */
const BATCH_ENTRIES = 500;

/** How lines are imported. */
export interface ImportOptions {
  /** The map that all lines go into. */
  readonly map?: string;
  /** The codec of new maps. */
  readonly codec?: string;
  /** Existing entries are kept. */
  readonly ifAbsent?: true;
}

/** What became of the lines. */
export interface ImportCounts {
  imported: number;
  kept: number;
  expired: number;
}

/** Lines on their way into a store: gathered, and written many at a time. */
export class Importer {
  readonly counts: ImportCounts = { imported: 0, kept: 0, expired: 0 };
  readonly #store: Store;
  readonly #call: Call;
  readonly #options: ImportOptions;
  readonly #formats = new Map<string, MapLine>();
  readonly #maps = new Map<string, NotedMap>();
  #into: NotedMap | undefined;
  #batch: SetItem<unknown, string, unknown>[] = [];
  #line = 0;

  constructor(store: Store, call: Call, options: ImportOptions) {
    this.#store = store;
    this.#call = call;
    this.#options = options;
  }

  /** Takes the next line. @throws Refusal naming the line, after those before it were written */
  async add(line: string): Promise<void> {
    this.#line++;
    if (line.trim() === '') return;
    try {
      await this.#gather(line);
    } catch (error) {
      await this.flush();
      throw this.#told(error, `line ${this.#line}: `);
    }
    if (this.#batch.length >= BATCH_ENTRIES) await this.flush();
  }

  /** Writes what was gathered. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    if (this.#into === undefined || batch.length === 0) return;
    try {
      const outcomes = await this.#into.map.setMany(batch, this.#call.limits);
      const written = outcomes.filter(({ ok }) => ok).length;
      this.counts.imported += written;
      this.counts.kept += outcomes.length - written;
    } catch (error) {
      throw this.#told(
        error,
        `the ${counted(batch.length, 'entry', 'entries')} before line ${this.#line + 1}: `,
      );
    }
  }

  async #gather(line: string): Promise<void> {
    const read = readLine(line, this.#options.map);
    if (!('key' in read)) {
      this.#formats.set(read.map, read);
      return;
    }
    const noted = await this.#mapOf(read.map);
    const value = noted.notation.fromJson(read.value);
    const ttlMs: Ttl = read.expiresAt === undefined ? 'never' : read.expiresAt - this.#call.world.now();
    if (ttlMs !== 'never' && ttlMs <= 0) {
      this.counts.expired++;
      return;
    }
    // What the store would refuse is refused here, where the line is known.
    textKeys.encode(read.key);
    noted.notation.codec.encode(value);
    if (noted !== this.#into) await this.flush();
    this.#into = noted;
    this.#batch.push([read.key, value, this.#options.ifAbsent ? { ttlMs, ifAbsent: true } : { ttlMs }]);
  }

  async #mapOf(name: string): Promise<NotedMap> {
    const known = this.#maps.get(name);
    if (known !== undefined) return known;
    const format = this.#formats.get(name);
    const wanted = { codec: this.#options.codec ?? format?.codec, shape: format?.shape };
    const noted = await anyMap(this.#store, name, wanted, this.#call);
    this.#maps.set(name, noted);
    return noted;
  }

  /** The error with where it happened and what was done before. */
  #told(error: unknown, where: string): unknown {
    const { imported } = this.counts;
    if (!(error instanceof Error) || this.#call.signal.aborted) return error;
    const message = `${where}${error.message} (imported ${counted(imported, 'entry', 'entries')} before)`;
    if (error instanceof StoreError) return new StoreError(error.code, message, { cause: error });
    return new Refusal(error instanceof Refusal ? error.exitCode : EXIT.usage, message);
  }
}
