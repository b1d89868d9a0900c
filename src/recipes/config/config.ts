import { deepEqual } from '../../base/deep-equal.ts';
import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { CallOptions } from '../../contract/calls.ts';
import type { Entry } from '../../contract/entry.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { followFile, readText } from '../../fs/follow-file.ts';
import type { FollowedFile } from '../../fs/follow-file.ts';
import { contextOf } from '../../map/context.ts';
import type { Changes } from '../changes-of.ts';
import { ConfigCopy } from './copy.ts';
import { flatten, parseJson } from './flatten.ts';
import { followValue } from './follow.ts';
import type { Config, ConfigFile, ConfigLoaded, ConfigOptions, ConfigSchemas } from './types.ts';
import { Validity } from './validity.ts';

/** What makes a text, number or boolean of a stored value; `undefined`: it is none. */
type Reading<T> = (value: unknown) => T | undefined;

/**
 * The config store behind {@link Config}; typed by what it is handed out as. The map holds values as they were given;
 * reading validates them, so that a validator may make them something else.
 */
export class MapConfig implements Config<ConfigSchemas, Readonly<Record<string, unknown>>> {
  readonly #map: VersionedMap<unknown>;
  readonly #copy: ConfigCopy;
  readonly #validity: Validity;
  readonly #defaults: ReadonlyMap<string, unknown>;
  readonly #onError: (error: unknown) => void;
  readonly #follows = new Set<Changes<unknown>>();
  readonly #files = new Set<FollowedFile>();
  /** What loads wrote: removed by a later load that does not have it. */
  #loaded = new Set<string>();
  #closed = false;

  constructor(map: VersionedMap<unknown>, options: ConfigOptions) {
    this.#map = map;
    this.#validity = new Validity(options.schemas ?? {}, options.onInvalid);
    const defaults = Object.entries(options.defaults ?? {});
    this.#defaults = new Map(defaults.map(([name, value]) => [name, this.#validity.check(name, value)]));
    this.#onError = options.onError ?? (() => undefined);
    // Each value is judged when it comes, so that a later one that is refused has one to stand in.
    this.#copy = new ConfigCopy(map, contextOf(map).engine.clock, (name, entry) => {
      try {
        this.#validity.valueOf(name, entry);
      } catch (error) {
        this.#onError(error);
      }
    });
  }

  get live(): Promise<void> {
    return this.#copy.live;
  }

  get staleMs(): number {
    return this.#copy.staleMs;
  }

  // SAFETY: what is handed out has the types of schemas and defaults, which `Validity` holds values to.
  get(name: string): never {
    this.#check(name);
    return this.#valueOf(name) as never;
  }

  getString<F extends string | undefined = undefined>(name: string, fallback?: F): string | F {
    return this.#read(
      name,
      'a text',
      (value) => (typeof value === 'string' ? value : undefined),
      fallback as F,
    );
  }

  getNumber<F extends number | undefined = undefined>(name: string, fallback?: F): number | F {
    return this.#read(name, 'a number', numberOf, fallback as F);
  }

  getBoolean<F extends boolean | undefined = undefined>(name: string, fallback?: F): boolean | F {
    return this.#read(name, 'true or false', booleanOf, fallback as F);
  }

  has(name: string): boolean {
    this.#check(name);
    return this.#copy.get(name) !== undefined;
  }

  async set(name: string, value: unknown, options?: CallOptions): Promise<Entry<unknown>> {
    this.#check(name);
    this.#validity.check(name, value);
    const { resets } = this.#copy;
    const entry = await this.#map.set(name, value, options);
    this.#copy.wrote(name, entry, resets);
    return entry;
  }

  async delete(name: string, options?: CallOptions): Promise<boolean> {
    this.#check(name);
    const { resets } = this.#copy;
    const outcome = await this.#map.delete(name, { ...options, ifPresent: true });
    if (outcome.ok) this.#copy.removed(name, outcome.version, resets);
    return outcome.ok;
  }

  follow(name: string, options?: { readonly signal?: AbortSignal | undefined }): Changes<never> {
    this.#check(name);
    const ended = (): boolean => this.#follows.delete(follow);
    const follow = followValue(this.#copy, () => this.#valueOf(name), options?.signal, ended);
    this.#follows.add(follow);
    return follow as Changes<never>;
  }

  async load(values: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<ConfigLoaded> {
    this.#checkOpen();
    const wanted = flatten(values, (name) => this.#validity.knows(name));
    const items: [string, unknown][] = [];
    for (const [name, value] of wanted) {
      this.#validity.check(name, value);
      const stands = this.#copy.get(name);
      if (stands === undefined || !deepEqual(stands.value, value)) items.push([name, value]);
    }
    const gone = [...this.#loaded].filter((name) => !wanted.has(name) && this.#copy.get(name) !== undefined);
    const { resets } = this.#copy;
    const written = await this.#map.setMany(items, options);
    const removed = await this.#map.deleteMany(gone, options);
    this.#loaded = new Set(wanted.keys());
    for (const outcome of written) if (outcome.ok) this.#copy.wrote(outcome.entry.key, outcome.entry, resets);
    for (const [i, outcome] of removed.entries()) {
      if (outcome.ok) this.#copy.removed(gone[i] ?? '', outcome.version, resets);
    }
    return { written: items.map(([name]) => name), removed: gone };
  }

  async loadFile(file: string, options?: CallOptions): Promise<ConfigLoaded> {
    this.#checkOpen();
    return await this.#loadText(file, await readText(file), options);
  }

  async followFile(file: string, options?: CallOptions): Promise<ConfigFile> {
    this.#checkOpen();
    const text = await readText(file);
    const loaded = await this.#loadText(file, text, options);
    this.#checkOpen();
    const { clock } = contextOf(this.#map).engine;
    const load = async (next: string): Promise<void> => {
      await this.#loadText(file, next, undefined);
    };
    const followed = followFile(file, text, clock, load, this.#onError);
    this.#files.add(followed);
    const close = (): void => {
      this.#files.delete(followed);
      followed.close();
    };
    return { loaded, close, [Symbol.dispose]: close };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const file of this.#files) file.close();
    await Promise.all([...this.#follows].map((follow) => follow.close()));
    await this.#copy.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #loadText(file: string, text: string, options: CallOptions | undefined): Promise<ConfigLoaded> {
    // SAFETY: what is no object is refused.
    return await this.load(parseJson(file, text) as Record<string, unknown>, options);
  }

  #valueOf(name: string): unknown {
    const value = this.#validity.valueOf(name, this.#copy.get(name));
    return value === undefined ? this.#defaults.get(name) : value;
  }

  #read<T, F>(name: string, wanted: string, reading: Reading<T>, fallback: F): T | F {
    this.#check(name);
    const value = this.#valueOf(name);
    if (value === undefined) return fallback;
    const read = reading(value);
    if (read !== undefined) return read;
    throw new StoreError('INVALID_VALUE', `config ${show(name)} is not ${wanted}`);
  }

  #check(name: string): void {
    this.#checkOpen();
    contextOf(this.#map).encodeKey(name);
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('CLOSED', 'the config store was closed');
    contextOf(this.#map).checkOpen();
  }
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const isNumber = typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
  return isNumber ? Number(value) : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}
