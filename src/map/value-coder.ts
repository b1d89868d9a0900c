import type { StandardSchemaV1 } from '@standard-schema/spec';
import { StoreError } from '../base/errors.ts';
import { kindOf, show } from '../base/options.ts';
import { encodeCopied, type Copied } from '../codec/structured.ts';
import type { Codec } from '../contract/codec.ts';
import type { Cell, Reference, Stored } from '../contract/core.ts';
import type { Engine } from '../contract/engine.ts';
import type { MapSettings } from './map-settings.ts';
import { validate, validateAsync } from './schema.ts';
import { upgraded } from './upgrade.ts';

/** A value encoded, and as it will be read. */
export interface EncodedValue {
  readonly cell: Cell;
  readonly value: unknown;
}

type Decode = (cell: Uint8Array | number) => unknown;

/** Values of one map to cells and back: validator, codec, shapes. */
export class ValueCoder {
  readonly #map: string;
  readonly #codec: Codec<unknown>;
  readonly #schema: StandardSchemaV1 | undefined;
  readonly #shape: number;
  readonly #upgrade: MapSettings['upgrade'];
  readonly #references: boolean;
  readonly #mostBytes: number;
  /** `true`: the engine copies cells on their way in, so that a codec may lend them. */
  readonly #lent: boolean;
  readonly #encode: (value: unknown) => Uint8Array | number;
  readonly #decode: Decode;
  readonly #decodeWritten: Decode;

  /**
   * @param references - values are cells as they are
   * @param mostBytes - the most bytes of one cell
   * @param engine - whether its cells are the reader's own, and the writer's own again after a write
   */
  constructor(
    map: string,
    settings: MapSettings,
    references: boolean,
    mostBytes: number,
    engine: Pick<Engine, 'copies' | 'copiesWrites'>,
  ) {
    this.#map = map;
    this.#codec = settings.codec;
    this.#schema = settings.schema;
    this.#shape = settings.shape;
    this.#upgrade = settings.upgrade;
    this.#references = references;
    this.#mostBytes = mostBytes;
    this.#lent = engine.copies === true;
    const { codec } = settings;
    const lends = this.#lent && codec.lend !== undefined;
    this.#encode = lends
      ? (value) => codec.lend?.(value) ?? codec.encode(value)
      : (value) => codec.encode(value);
    const decode: Decode = (cell) => codec.decode(cell);
    const adopt: Decode = codec.adopt === undefined ? decode : (cell) => codec.adopt?.(cell);
    this.#decode = engine.copies === true ? adopt : decode;
    this.#decodeWritten = engine.copiesWrites === true ? adopt : this.#decode;
  }

  /** @throws StoreError `CODEC`, `INVALID_VALUE`, `LIMIT`; TypeError for `undefined` and an async validator */
  encode(value: unknown): Cell {
    return this.#cell(this.#schema === undefined ? value : validate(this.#map, this.#schema, value));
  }

  /** {@link encode}, waiting for validators that are async. */
  async encodeAsync(value: unknown): Promise<Cell> {
    return this.#cell(
      this.#schema === undefined ? value : await validateAsync(this.#map, this.#schema, value),
    );
  }

  /**
   * {@link encode}, and what reading the cell will give: a value of one's own, or, of references, the value.
   *
   * @throws StoreError `CODEC` also for what the codec cannot read back
   */
  encodeRead(key: string, given: unknown): EncodedValue {
    const value = this.#schema === undefined ? given : validate(this.#map, this.#schema, given);
    checkDefined(this.#map, value);
    const copied = this.#references ? undefined : this.#copied(value);
    if (copied !== undefined) return { cell: this.#checked(copied.cell), value: copied.copy };
    const cell = this.#cell(value);
    return {
      cell,
      value: this.#references ? cell : this.#decoded({ key, value: cell }, this.#decodeWritten),
    };
  }

  /** @throws StoreError `CODEC` naming map and key, `FORMAT` for another shape that there is no way from */
  decode(stored: Pick<Stored, 'key' | 'value' | 'shape'>): unknown {
    const value = this.#references ? stored.value : this.#decoded(stored);
    if ((stored.shape ?? 0) === this.#shape) return value;
    return upgraded(value, stored, this.#map, this.#shape, this.#upgrade);
  }

  #cell(value: unknown): Cell {
    checkDefined(this.#map, value);
    // SAFETY: opaque to the engine, which said that it takes any value.
    if (this.#references) return value as Reference;
    return this.#checked(this.#encoded(value));
  }

  #checked(cell: Uint8Array | number): Cell {
    if (typeof cell === 'number') return cell;
    if (!(cell instanceof Uint8Array)) {
      throw new StoreError('CODEC', `${this.#name()} must encode to bytes or a number, got ${kindOf(cell)}`);
    }
    if (cell.length <= this.#mostBytes) return cell;
    const limit = `a value has at most ${this.#mostBytes} bytes`;
    throw new StoreError('LIMIT', `map ${show(this.#map)}: ${limit}, got ${cell.length}`);
  }

  #encoded(value: unknown): Uint8Array | number {
    return this.#told(() => this.#encode(value));
  }

  #copied(value: unknown): Copied | undefined {
    return this.#told(() => encodeCopied(this.#codec, value, this.#lent));
  }

  #told<T>(encode: () => T): T {
    try {
      return encode();
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreError('CODEC', `${this.#name()} cannot encode the value; see error.cause`, { cause });
    }
  }

  #decoded({ key, value }: Pick<Stored, 'key' | 'value'>, decode: Decode = this.#decode): unknown {
    if (typeof value !== 'number' && !(value instanceof Uint8Array)) {
      throw new StoreError('CODEC', `${this.#where(key)}: the cell is neither bytes nor a number`);
    }
    try {
      return decode(value);
    } catch (cause) {
      const why = `value cannot be decoded by ${show(this.#codec.name)}; see error.cause`;
      throw new StoreError('CODEC', `${this.#where(key)}: ${why}`, { cause });
    }
  }

  #where(key: string): string {
    return `map ${show(this.#map)}, key ${show(key)}`;
  }

  #name(): string {
    return `map ${show(this.#map)}: codec ${show(this.#codec.name)}`;
  }
}

/** Refuses the value that means absent. */
export function checkDefined(map: string, value: unknown): void {
  if (value !== undefined) return;
  throw new TypeError(`map ${show(map)}: a value must not be undefined, which means absent`);
}
