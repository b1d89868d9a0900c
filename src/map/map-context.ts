import { textKeys } from '../codec/keys.ts';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Ttl } from '../contract/calls.ts';
import type { KeyCodec } from '../contract/codec.ts';
import { KEEP_EXPIRY } from '../contract/core.ts';
import type { Cell, Stored } from '../contract/core.ts';
import type { Engine } from '../contract/engine.ts';
import type { Entry } from '../contract/entry.ts';
import type { MapFormat } from '../contract/maps.ts';
import type { MapContext, ValueEncoding } from './context.ts';
import { MapIdentity } from './map-identity.ts';
import { checkTtl } from './map-settings.ts';
import { remoteOf } from './remote/remote-of.ts';
import type { Remote } from './remote/remote.ts';
import type { MapSettings } from './map-settings.ts';
import { ValueCoder } from './value-coder.ts';
import type { EncodedValue } from './value-coder.ts';

/** The context of one handle of a map. Nothing is asked of the engine before the first call of a word. */
export class HandleContext implements MapContext {
  readonly name: string;
  readonly engine: Engine;
  readonly remote: Remote | undefined;
  readonly format: MapFormat;
  readonly keys: KeyCodec<unknown>;
  readonly encoding: ValueEncoding;
  readonly validates: boolean;
  readonly storesAsGiven: boolean;
  readonly addsNatively: boolean;
  readonly onInvalid: MapContext['onInvalid'];
  readonly #identity: MapIdentity;
  readonly #values: ValueCoder;
  readonly #ttlMs: number | undefined;
  readonly #asIs: boolean;
  /** `true`: what an engine holds of an entry without expiry and shape is the entry. */
  readonly #bare: boolean;

  constructor(name: string, engine: Engine, settings: MapSettings) {
    const { supports } = engine;
    const { codec, keys, shape, onInvalid } = settings;
    const references = settings.references && supports.values === 'any';
    const named = (values: string): string => (keys === textKeys ? values : `${values}, keys ${keys.name}`);
    this.name = name;
    this.engine = engine;
    this.keys = keys;
    this.encoding = { codec, name: named(codec.name) };
    this.format = { codec: references ? named('references') : this.encoding.name, shape, references };
    this.validates = settings.schema !== undefined;
    this.storesAsGiven = references && keys === textKeys && !this.validates && settings.ttlMs === undefined;
    this.addsNatively = !this.validates && shape === 0 && (references || codec.numbers);
    this.onInvalid =
      onInvalid && (({ key, version }, error) => onInvalid({ map: name, key, version, error }));
    this.#identity = new MapIdentity(name, engine, this.format);
    this.remote = this.#remote(settings);
    this.#values = new ValueCoder(name, settings, references, supports.limits.valueBytes, engine);
    this.#ttlMs = settings.ttlMs;
    this.#bare = references && keys === textKeys && shape === 0;
    this.#asIs = keys === textKeys && supports.values === 'any';
  }

  get open(): boolean {
    return this.#identity.open;
  }

  id(): number {
    return this.#identity.id();
  }

  idAsync(): Promise<number> {
    return this.#identity.idAsync();
  }

  writeId(): number {
    return this.#identity.writeId();
  }

  writeIdAsync(): Promise<number> {
    return this.#identity.writeIdAsync();
  }

  checkOpen(): void {
    this.#identity.checkOpen();
  }

  onClose(run: () => void): () => void {
    return this.#identity.onClose(run);
  }

  /** Ends the handle: what runs at its end runs, later calls are `CLOSED`. Idempotent. */
  close(): void {
    this.#identity.close();
  }

  encodeKey(key: unknown): string {
    return textKeys.encode(this.keys === textKeys ? (key as string) : this.keys.encode(key));
  }

  findKey(key: unknown): string {
    // SAFETY: what is no string is not found.
    return this.#asIs ? (key as string) : this.encodeKey(key);
  }

  decodeKey(text: string): unknown {
    if (this.keys === textKeys) return text;
    try {
      return this.keys.decode(text);
    } catch (cause) {
      const why = `key is none of the codec ${show(this.keys.name)}`;
      throw new StoreError('CODEC', `map ${show(this.name)}, key ${show(text)}: ${why}`, { cause });
    }
  }

  encode(value: unknown): Cell {
    return this.#values.encode(value);
  }

  encodeRead(key: string, value: unknown): EncodedValue {
    return this.#values.encodeRead(key, value);
  }

  encodeAsync(value: unknown): Promise<Cell> {
    return this.#values.encodeAsync(value);
  }

  decode(stored: Pick<Stored, 'key' | 'value' | 'shape' | 'version'>): unknown {
    return this.#values.decode(stored);
  }

  entry(stored: Stored): Entry<unknown, unknown> {
    const { version, expiresAt } = stored;
    if (this.#bare && expiresAt === undefined && stored.shape === undefined) return stored;
    const key = this.decodeKey(stored.key);
    const value = this.#values.decode(stored);
    return expiresAt === undefined || expiresAt === 0
      ? { key, value, version }
      : { key, value, version, expiresAt };
  }

  expiresAt(ttl: Ttl | undefined): number {
    if (ttl === undefined) return this.#ttlMs === undefined ? 0 : this.#from(this.#ttlMs);
    if (ttl === 'never') return 0;
    if (ttl === 'keep') return KEEP_EXPIRY;
    if (typeof ttl === 'number') return this.#from(checkTtl('ttlMs', ttl));
    throw new TypeError(`ttlMs must be a number of milliseconds, 'never' or 'keep', got ${show(ttl)}`);
  }

  #remote({ near, batch }: MapSettings): Remote | undefined {
    const { name, engine } = this;
    if (engine.form === 'sync') return undefined;
    const copied = near && {
      ...near,
      prefix: near.prefix === undefined ? '' : this.keys.prefix(near.prefix),
      maxEntries: near.maxEntries ?? Infinity,
    };
    const remote = remoteOf({ name, engine, idAsync: () => this.idAsync() }, batch, copied);
    if (remote.near !== undefined) this.onClose(() => remote.near?.close());
    return remote;
  }

  #from(ttlMs: number): number {
    const expiresAt = Math.ceil(this.engine.clock.now() + ttlMs);
    if (Number.isSafeInteger(expiresAt)) return expiresAt;
    throw new RangeError(`ttlMs reaches beyond the end of time, use 'never': got ${ttlMs}`);
  }
}
