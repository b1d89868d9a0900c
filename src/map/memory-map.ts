import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Clock } from '../base/clock.ts';
import { checkOptions } from '../base/options.ts';
import type { SyncMap } from '../contract/sync-map.ts';
import { memoryEngine } from '../engines/memory/index.ts';
import { HandleContext } from './map-context.ts';
import { settingsOf } from './map-settings.ts';
import { SyncFace } from './sync-face.ts';

/** How a map in memory behaves; all of it is optional. */
export interface MemoryMapOptions<Value, Input = Value> {
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
 * @param options - time to live, validator
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
export function memoryMap<Schema extends StandardSchemaV1>(
  options: MemoryMapOptions<unknown> & { readonly schema: Schema },
): SyncMap<StandardSchemaV1.InferOutput<Schema>, string, StandardSchemaV1.InferInput<Schema>>;
export function memoryMap<Value, Input = Value>(
  options?: MemoryMapOptions<Value, Input>,
): SyncMap<Value, string, Input>;
export function memoryMap(options: MemoryMapOptions<unknown> = {}): unknown {
  checkOptions('memoryMap', options, ['ttlMs', 'schema', 'clock']);
  const { ttlMs, schema, clock } = options;
  const engine = memoryEngine({}, { clock });
  const settings = settingsOf(NAME, { ttlMs, schema, values: 'references' });
  return new SyncFace(new HandleContext(NAME, engine, settings), engine.core);
}
