import { checkOptions, show } from '../../base/options.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { contextOf } from '../../map/context.ts';
import { MapConfig } from './config.ts';
import type { Config, ConfigOptions, ConfigSchemas } from './types.ts';

/**
 * Opens a config store over a map of any values.
 *
 * @param map - holds the values; also read and written beside the config store, and by other processes
 * @param options - validators, defaults, who is told of what is refused
 * @returns the config store, when it knows what the map has
 * @throws TypeError for an option that is none; StoreError `INVALID_VALUE` for a default that its schema refuses; what
 *   the map's watch rejects with
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openConfig } from 'samemap/recipes';
 * import { z } from 'zod';
 * const store = await open('memory:');
 * const config = await openConfig(store.map('config'), {
 *   schemas: { 'log.level': z.enum(['info', 'debug']) },
 *   defaults: { 'log.level': 'info' },
 * });
 * await config.set('log.level', 'debug');
 * for await (const level of config.follow('log.level')) {
 *   console.log(level);
 *   break;
 * }
 * await config.close();
 * await store.close();
 * ```
 */
export async function openConfig<
  Schemas extends ConfigSchemas = Readonly<Record<never, never>>,
  const Defaults extends Readonly<Record<string, unknown>> = Readonly<Record<never, never>>,
>(
  map: VersionedMap<unknown>,
  options: ConfigOptions<Schemas, Defaults> = {},
): Promise<Config<Schemas, Defaults>> {
  checkOptions('openConfig', options, ['schemas', 'defaults', 'onInvalid', 'onError']);
  for (const name of ['onInvalid', 'onError'] as const) {
    const given = options[name];
    if (given === undefined || typeof given === 'function') continue;
    throw new TypeError(`openConfig: ${name} must be a function, got ${show(given)}`);
  }
  contextOf(map);
  const config = new MapConfig(map, options);
  try {
    await config.live;
  } catch (error) {
    await config.close();
    throw error;
  }
  // SAFETY: the same words, typed by the schemas and defaults that were given.
  return config as unknown as Config<Schemas, Defaults>;
}
