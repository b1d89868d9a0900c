import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Clock } from '../base/clock.ts';
import { checkOptions } from '../base/options.ts';
import type { KeyCodec } from '../contract/codec.ts';
import type { SyncMap } from '../contract/sync-map.ts';
import { memoryEngine } from '../engines/memory/index.ts';
import { HandleContext } from './map-context.ts';
import { settingsOf } from './map-settings.ts';
import { SyncFace } from './sync-face.ts';
import { SyncTeller } from './tracing/sync-teller.ts';

/**
 * How a map in memory behaves; all of it is optional.
 *
 * @example
 * ```ts
 * import { memoryMap, type MemoryMapOptions } from 'samemap';
 * const options: MemoryMapOptions<string> = { ttlMs: 60_000 };
 * const sessions = memoryMap<string>(options);
 * ```
 */
export interface MemoryMapOptions<Value, Key = string, Input = Value> {
  /** Keys to strings, keeping order; text unless said. */
  readonly keys?: KeyCodec<Key> | undefined;
  /** Time to live of writes that say none, in milliseconds above 0. */
  readonly ttlMs?: number | undefined;
  /** Any Standard Schema validator that answers at once; values are stored as it returns them. */
  readonly schema?: StandardSchemaV1<Input, Value> | undefined;
  /** The source of time; for tests. */
  readonly clock?: Clock | undefined;
}

const NAME = 'map';

/**
 * Makes a map in memory that needs no store: the sync face on its own, keeping values as they are.
 * It lives as long as it is referred to.
 *
 * @param options - codec of the keys, time to live, validator
 * @returns the map
 * @throws TypeError or RangeError for an option that is none
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const hits = memoryMap<number>();
 * hits.add('/index', 1);
 * const { version } = hits.set('/about', 1);
 * hits.set('/about', 2, { ifVersion: version });
 * ```
 */
export function memoryMap<Schema extends StandardSchemaV1, Key = string>(
  options: MemoryMapOptions<unknown, Key> & { readonly schema: Schema },
): SyncMap<StandardSchemaV1.InferOutput<Schema>, Key, StandardSchemaV1.InferInput<Schema>>;
export function memoryMap<Value, Key = string, Input = Value>(
  options?: MemoryMapOptions<Value, Key, Input>,
): SyncMap<Value, Key, Input>;
export function memoryMap(options: MemoryMapOptions<unknown, unknown> = {}): unknown {
  checkOptions('memoryMap', options, ['keys', 'ttlMs', 'schema', 'clock']);
  const { keys, ttlMs, schema, clock } = options;
  const engine = memoryEngine({}, { clock });
  const settings = settingsOf(NAME, { keys, ttlMs, schema, values: 'references' });
  const context = new HandleContext(NAME, engine, settings);
  const teller = new SyncTeller(context, new SyncFace(context, engine.core));
  return new SyncFace(context, engine.core, teller);
}
