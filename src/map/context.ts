import type { Codec, KeyCodec } from '../contract/codec.ts';
import type { Ttl } from '../contract/calls.ts';
import type { Cell, Stored } from '../contract/core.ts';
import type { Engine } from '../contract/engine.ts';
import type { Entry } from '../contract/entry.ts';
import type { MapFormat } from '../contract/maps.ts';
import type { Remote } from './remote/remote.ts';
import type { EncodedValue } from './value-coder.ts';

/** A codec of values, and what `MapFormat.codec` says of a map whose cells it encoded. */
export interface ValueEncoding {
  readonly codec: Codec<unknown>;
  /** Names the codec of the keys, too, where keys are no text. */
  readonly name: string;
}

/**
 * What all words of one map share: how keys and values become strings and cells and back, the map's
 * number in its engine, and whether it is open. Every face, watch, snapshot and atomic commit of a
 * map works through its context.
 */
export interface MapContext {
  readonly name: string;
  readonly engine: Engine;
  /** How this handle asks its engine; `undefined` where that answers at once. */
  readonly remote: Remote | undefined;
  /** What this handle wants of the stored format. */
  readonly format: MapFormat;
  readonly keys: KeyCodec<unknown>;
  /** How values are written where they must be bytes: in a snapshot, of a map of references too. */
  readonly encoding: ValueEncoding;
  /** `true`: values pass a validator, which may be async. */
  readonly validates: boolean;
  /** `true`: keys are text, values are references that nobody validates, and a write gives no expiry. */
  readonly storesAsGiven: boolean;
  /** `true`: numbers lie in cells as they are, so that the engine can add to them. */
  readonly addsNatively: boolean;
  /** Told of entries that cannot be decoded; `undefined`: they end an iteration with `CODEC`. */
  readonly onInvalid: ((stored: Pick<Stored, 'key' | 'version'>, error: Error) => void) | undefined;
  /**
   * The map's id, on engines that answer at once.
   *
   * @throws StoreError `CLOSED`, or `FORMAT` when the stored format is another
   */
  id(): number;
  /** {@link id} on any engine. */
  idAsync(): Promise<number>;
  /** {@link id} for a write: first makes the stored shape the one this handle writes. */
  writeId(): number;
  /** {@link writeId} on any engine. */
  writeIdAsync(): Promise<number>;
  /** `false` when the handle or its store is closed. */
  readonly open: boolean;
  /** @throws StoreError `CLOSED` when it is not {@link open} */
  checkOpen(): void;
  /** Checks and encodes a key. @throws TypeError or RangeError naming the key and the limit */
  encodeKey(key: unknown): string;
  /**
   * {@link encodeKey} for a read. Keys that the engine compares as they are go unchecked: one that is
   * found is valid, and one that is not must be checked by the reader.
   */
  findKey(key: unknown): string;
  decodeKey(text: string): unknown;
  /**
   * Validates and encodes a value.
   *
   * @throws StoreError `CODEC` or `INVALID_VALUE`; TypeError for `undefined` and for a validator that is async
   */
  encode(value: unknown): Cell;
  /** {@link encode}, and what reading the cell at this key will give: a value of one's own. */
  encodeRead(key: string, value: unknown): EncodedValue;
  /** {@link encode}, waiting for validators that are async. */
  encodeAsync(value: unknown): Promise<Cell>;
  /** Decodes and upgrades a value. @throws StoreError `CODEC` naming map and key, `FORMAT` for a higher shape */
  decode(stored: Pick<Stored, 'key' | 'value' | 'shape' | 'version'>): unknown;
  /** The entry as the caller sees it; never changed afterwards. */
  entry(stored: Stored): Entry<unknown, unknown>;
  /** The `expiresAt` of a write: checked, in milliseconds since the epoch, 0 for never, KEEP_EXPIRY for `'keep'`. */
  expiresAt(ttl: Ttl | undefined): number;
  /** Runs when the handle, or its store, is closed; returns what takes it back. */
  onClose(run: () => void): () => void;
}

const contexts = new WeakMap<object, MapContext>();

/** Remembers the context of a face that is handed out. */
export function registerContext(face: object, context: MapContext): void {
  contexts.set(face, context);
}

/** The context behind a map of any face. @throws TypeError when it is none of ours */
export function contextOf(map: object): MapContext {
  const context = typeof map === 'object' && map !== null ? contexts.get(map) : undefined;
  if (context === undefined)
    throw new TypeError('not a map of samemap: pass what store.map() or memoryMap() returned');
  return context;
}
