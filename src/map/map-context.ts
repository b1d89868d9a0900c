import type { StandardSchemaV1 } from '@standard-schema/spec';
import { textKeys } from '../codec/keys.ts';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Ttl } from '../contract/calls.ts';
import type { Codec, KeyCodec } from '../contract/codec.ts';
import { KEEP_EXPIRY } from '../contract/core.ts';
import type { Cell, Reference, Stored } from '../contract/core.ts';
import type { Engine } from '../contract/engine.ts';
import type { Entry } from '../contract/entry.ts';
import type { MapFormat, MapInfo } from '../contract/maps.ts';
import type { MapContext, ValueEncoding } from './context.ts';
import { checkFormat, claim, engineState, unclaim, voidClaims } from './engine-state.ts';
import type { Claim, EngineState } from './engine-state.ts';
import { checkTtl } from './map-settings.ts';
import type { MapSettings } from './map-settings.ts';
import { validate, validateAsync } from './schema.ts';
import { upgraded } from './upgrade.ts';

/** Of handles that have not compared their format yet, or are closed. */
const NO_CLAIM: Claim = { format: { codec: '', shape: 0, references: false }, live: false, handles: 0 };

/** The context of one handle of a map. Nothing is asked of the engine before the first call of a word. */
export class HandleContext implements MapContext {
  readonly name: string;
  readonly engine: Engine;
  readonly format: MapFormat;
  readonly keys: KeyCodec<unknown>;
  readonly encoding: ValueEncoding;
  readonly validates: boolean;
  readonly addsNatively: boolean;
  readonly onInvalid: MapContext['onInvalid'];
  readonly #state: EngineState;
  readonly #settings: MapSettings;
  readonly #codec: Codec<unknown>;
  readonly #schema: StandardSchemaV1 | undefined;
  readonly #ttlMs: number | undefined;
  readonly #asIs: boolean;
  readonly #hooks = new Set<() => void>();
  #open = true;
  /** Not live: the format is to be compared, and {@link #id} with {@link #writeId} are void. */
  #claim: Claim = NO_CLAIM;
  #id = 0;
  #storedShape = 0;
  /** 0 until the stored shape is the one of this handle. */
  #writeId = 0;

  constructor(name: string, engine: Engine, settings: MapSettings) {
    this.name = name;
    this.engine = engine;
    this.keys = settings.keys;
    this.validates = settings.schema !== undefined;
    this.#settings = settings;
    this.#codec = settings.codec;
    this.#schema = settings.schema;
    this.#ttlMs = settings.ttlMs;
    this.#state = engineState(engine);
    const references = settings.references && engine.supports.values === 'any';
    const named = (values: string): string =>
      settings.keys === textKeys ? values : `${values}, keys ${settings.keys.name}`;
    this.encoding = { codec: settings.codec, name: named(settings.codec.name) };
    this.format = { codec: references ? named('references') : this.encoding.name, shape: settings.shape, references };
    this.#asIs = settings.keys === textKeys && engine.supports.values === 'any';
    this.addsNatively = !this.validates && settings.shape === 0 && (references || settings.codec.numbers);
    const { onInvalid } = settings;
    this.onInvalid =
      onInvalid && (({ key, version }, error) => onInvalid({ map: name, key, version, error }));
  }

  get open(): boolean {
    return this.#open && this.#state.open;
  }

  id(): number {
    if (this.#claim.live) return this.#id;
    this.checkOpen();
    return this.#accept(localMaps(this.engine).open(this.name, this.format));
  }

  async idAsync(): Promise<number> {
    if (this.engine.form === 'sync') return this.id();
    if (this.#claim.live) return this.#id;
    this.checkOpen();
    const info = await this.engine.maps.open(this.name, this.format);
    this.checkOpen();
    return this.#claim.live ? this.#id : this.#accept(info);
  }

  writeId(): number {
    if (this.#claim.live && this.#writeId !== 0) return this.#writeId;
    const id = this.id();
    if (this.#storedShape < this.format.shape) {
      localMaps(this.engine).reshape(id, this.format.shape);
      // Handles of a lower shape must notice; this one compares once more.
      voidClaims(this.#state, this.name);
    }
    return (this.#writeId = this.id());
  }

  async writeIdAsync(): Promise<number> {
    if (this.engine.form === 'sync') return this.writeId();
    if (this.#claim.live && this.#writeId !== 0) return this.#writeId;
    const id = await this.idAsync();
    if (this.#storedShape < this.format.shape) {
      await this.engine.maps.reshape(id, this.format.shape);
      voidClaims(this.#state, this.name);
    }
    return (this.#writeId = await this.idAsync());
  }

  encodeKey(key: unknown): string {
    if (this.keys === textKeys) return textKeys.encode(key as string);
    return textKeys.encode(this.keys.encode(key));
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
      throw this.#undecodable(text, `key is none of the codec ${show(this.keys.name)}`, cause);
    }
  }

  encode(value: unknown): Cell {
    const checked = this.#schema === undefined ? value : validate(this.name, this.#schema, value);
    return this.#cell(checked);
  }

  async encodeAsync(value: unknown): Promise<Cell> {
    if (this.#schema === undefined) return this.#cell(value);
    return this.#cell(await validateAsync(this.name, this.#schema, value));
  }

  decode(stored: Pick<Stored, 'key' | 'value' | 'shape' | 'version'>): unknown {
    const value = this.format.references ? stored.value : this.#decodeCell(stored);
    if (stored.shape === this.format.shape) return value;
    return upgraded(value, stored, this.name, this.format.shape, this.#settings.upgrade);
  }

  entry(stored: Stored): Entry<unknown, unknown> {
    const { version, expiresAt } = stored;
    const key = this.decodeKey(stored.key);
    const value = this.decode(stored);
    return expiresAt === 0 ? { key, value, version } : { key, value, version, expiresAt };
  }

  expiresAt(ttl: Ttl | undefined): number {
    if (ttl === undefined) return this.#ttlMs === undefined ? 0 : this.#from(this.#ttlMs);
    if (ttl === 'never') return 0;
    if (ttl === 'keep') return KEEP_EXPIRY;
    if (typeof ttl !== 'number') {
      throw new TypeError(`ttlMs must be a number of milliseconds, 'never' or 'keep', got ${show(ttl)}`);
    }
    return this.#from(checkTtl('ttlMs', ttl));
  }

  onClose(run: () => void): () => void {
    const leave = (): void => {
      this.#hooks.delete(once);
      this.#state.closing.delete(once);
    };
    const once = (): void => {
      leave();
      run();
    };
    if (!this.open) {
      run();
      return leave;
    }
    this.#hooks.add(once);
    this.#state.closing.add(once);
    return leave;
  }

  checkOpen(): void {
    if (!this.#state.open) throw new StoreError('CLOSED', `map ${show(this.name)}: the store was closed`);
    if (!this.#open) throw new StoreError('CLOSED', `map ${show(this.name)}: this handle was closed`);
  }

  /** Ends the handle: what runs at its end runs, later calls are `CLOSED`. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#release();
    for (const run of [...this.#hooks]) run();
  }

  #from(ttlMs: number): number {
    const expiresAt = Math.ceil(this.engine.clock.now() + ttlMs);
    if (Number.isSafeInteger(expiresAt)) return expiresAt;
    throw new RangeError(`ttlMs reaches beyond the end of time, use 'never': got ${ttlMs}`);
  }

  #cell(value: unknown): Cell {
    if (value === undefined) {
      throw new TypeError(`map ${show(this.name)}: a value must not be undefined, which means absent`);
    }
    // SAFETY: opaque to the engine, which said that it takes any value.
    if (this.format.references) return value as Reference;
    let cell: Uint8Array | number;
    try {
      cell = this.#codec.encode(value);
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreError('CODEC', `${this.#codecName()} cannot encode the value: ${String(cause)}`, { cause });
    }
    if (typeof cell === 'number') return cell;
    if (!(cell instanceof Uint8Array)) {
      throw new StoreError('CODEC', `${this.#codecName()} must encode to bytes or a number, got ${show(cell)}`);
    }
    const most = this.engine.supports.limits.valueBytes;
    if (cell.length <= most) return cell;
    throw new StoreError('LIMIT', `map ${show(this.name)}: a value has at most ${most} bytes, got ${cell.length}`);
  }

  #decodeCell({ key, value }: Pick<Stored, 'key' | 'value'>): unknown {
    try {
      if (typeof value === 'number' || value instanceof Uint8Array) return this.#codec.decode(value);
    } catch (cause) {
      throw this.#undecodable(key, `value cannot be decoded by ${show(this.#codec.name)}`, cause);
    }
    throw this.#undecodable(key, 'value is neither bytes nor a number', undefined);
  }

  #undecodable(key: string, why: string, cause: unknown): StoreError {
    return new StoreError('CODEC', `map ${show(this.name)}, key ${show(key)}: ${why}`, { cause });
  }

  #codecName(): string {
    return `map ${show(this.name)}: codec ${show(this.#codec.name)}`;
  }

  /** Compares the stored format with the one wanted, and keeps it in use while the handle is open. */
  #accept(info: MapInfo): number {
    checkFormat(this.name, info, this.format, 'it is stored by');
    if (info.shape > this.format.shape) {
      throw new StoreError(
        'FORMAT',
        `map ${show(this.name)}: stored with shape ${info.shape}, this handle wants ${this.format.shape}`,
      );
    }
    const claimed = claim(this.#state, this.name, this.format);
    this.#release();
    this.#claim = claimed;
    this.#id = info.id;
    this.#storedShape = info.shape;
    this.#writeId = 0;
    return info.id;
  }

  #release(): void {
    if (this.#claim !== NO_CLAIM) unclaim(this.#state, this.name, this.#claim);
    this.#claim = NO_CLAIM;
  }
}

function localMaps(engine: Engine): Extract<Engine, { form: 'sync' }>['maps'] {
  if (engine.form === 'sync') return engine.maps;
  throw new StoreError('UNSUPPORTED', `the engine ${show(engine.supports.engine)} answers later: use the async face`);
}
