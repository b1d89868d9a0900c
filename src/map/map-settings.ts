import type { StandardSchemaV1 } from '@standard-schema/spec';
import { structured } from '../codec/index.ts';
import { textKeys } from '../codec/keys.ts';
import { checkInteger, checkMs, checkOptions, show } from '../base/options.ts';
import type { Codec, KeyCodec } from '../contract/codec.ts';
import { MAP_NAME, MAX_SHAPE } from '../contract/limits.ts';
import type { InvalidEntry, MapOptions, NearOptions } from '../contract/map-options.ts';

/** The options of a map, checked, with defaults. */
export interface MapSettings {
  readonly codec: Codec<unknown>;
  readonly schema: StandardSchemaV1 | undefined;
  readonly keys: KeyCodec<unknown>;
  readonly ttlMs: number | undefined;
  readonly references: boolean;
  readonly shape: number;
  readonly upgrade: Readonly<Record<number, (value: unknown) => unknown>> | undefined;
  readonly onInvalid: ((problem: InvalidEntry) => void) | undefined;
  readonly near: NearOptions<unknown> | undefined;
  readonly batch: boolean;
}

const OPTIONS: readonly (keyof MapOptions<unknown>)[] = [
  'codec',
  'schema',
  'keys',
  'ttlMs',
  'values',
  'shape',
  'upgrade',
  'onInvalid',
  'near',
  'batch',
];

const NEAR: readonly (keyof NearOptions)[] = ['maxStaleMs', 'onStale', 'prefix', 'maxEntries'];

/** Refuses what is no map name. */
export function checkName(name: unknown): string {
  if (typeof name !== 'string') throw new TypeError(`a map name must be a string, got ${show(name)}`);
  if (!MAP_NAME.test(name)) {
    throw new RangeError(`a map name has 1 to 128 of A-Z a-z 0-9 . _ -, got ${show(name)}`);
  }
  return name;
}

/**
 * Checks the options of a map and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option
 */
export function settingsOf(name: string, options: unknown = {}): MapSettings {
  const what = `map ${show(name)}`;
  checkOptions(what, options, OPTIONS);
  // SAFETY: checked field by field below; inside, all maps are maps of unknowns.
  const given = options as MapOptions<unknown, unknown>;
  const { codec, schema, keys, ttlMs, values, upgrade, onInvalid, near, batch } = given;
  const shape = given.shape ?? 0;
  checkInteger(`${what}: shape`, shape, 0, MAX_SHAPE);
  if (codec !== undefined) checkMethods(`${what}: codec`, codec, ['encode', 'decode']);
  if (keys !== undefined) checkMethods(`${what}: keys`, keys, ['encode', 'decode', 'prefix']);
  if (schema !== undefined) checkSchema(`${what}: schema`, schema);
  if (ttlMs !== undefined) checkTtl(`${what}: ttlMs`, ttlMs);
  if (values !== undefined) checkWord(`${what}: values`, values, ['encoded', 'references']);
  if (upgrade !== undefined) checkUpgrade(what, upgrade, shape);
  if (typeof onInvalid !== 'function' && onInvalid !== undefined && onInvalid !== 'throw') {
    throw new TypeError(`${what}: onInvalid must be 'throw' or a function, got ${show(onInvalid)}`);
  }
  if (near !== undefined) checkNear(`${what}: near`, near, given.keys ?? textKeys);
  if (batch !== undefined && typeof batch !== 'boolean') {
    throw new TypeError(`${what}: batch must be true or false, got ${show(batch)}`);
  }
  return {
    codec: codec ?? structured<unknown>(),
    schema,
    keys: keys ?? textKeys,
    ttlMs,
    references: values === 'references',
    shape,
    upgrade,
    onInvalid: typeof onInvalid === 'function' ? onInvalid : undefined,
    near,
    batch: batch ?? false,
  };
}

/** Refuses what is no time to live: a number of milliseconds above 0. */
export function checkTtl(what: string, ttlMs: unknown): number {
  const ms = checkMs(what, ttlMs, 0);
  if (ms === 0) throw new RangeError(`${what} must be above 0 milliseconds, got 0`);
  return ms;
}

function checkMethods(what: string, value: object, methods: readonly string[]): void {
  const ok =
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'name') === 'string' &&
    methods.every((method) => typeof Reflect.get(value, method) === 'function');
  if (!ok)
    throw new TypeError(`${what} must be an object with name, ${methods.join(', ')}, got ${show(value)}`);
}

function checkSchema(what: string, schema: StandardSchemaV1): void {
  const standard: unknown =
    typeof schema === 'function' || (typeof schema === 'object' && schema !== null)
      ? Reflect.get(schema, '~standard')
      : undefined;
  if (
    typeof standard === 'object' &&
    standard !== null &&
    typeof Reflect.get(standard, 'validate') === 'function'
  )
    return;
  throw new TypeError(`${what} must be a Standard Schema validator, got ${show(schema)}`);
}

function checkWord(what: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  throw new TypeError(`${what} must be ${words.map((word) => `'${word}'`).join(' or ')}, got ${show(value)}`);
}

function checkUpgrade(what: string, upgrade: object, shape: number): void {
  if (typeof upgrade !== 'object' || upgrade === null) {
    throw new TypeError(`${what}: upgrade must be an object, got ${show(upgrade)}`);
  }
  for (const [from, step] of Object.entries(upgrade)) {
    if (!/^(0|[1-9]\d*)$/.test(from) || Number(from) >= shape) {
      throw new RangeError(`${what}: upgrade takes shapes below ${shape}, got ${show(from)}`);
    }
    if (typeof step !== 'function') {
      throw new TypeError(`${what}: upgrade[${from}] must be a function, got ${show(step)}`);
    }
  }
}

function checkNear(what: string, near: NearOptions<unknown>, keys: KeyCodec<unknown>): void {
  checkOptions(what, near, NEAR);
  checkMs(`${what}.maxStaleMs`, near.maxStaleMs, 0);
  checkWord(`${what}.onStale`, near.onStale, ['serve', 'wait', 'fail']);
  if (near.maxStaleMs === 0 && near.onStale === 'fail') {
    throw new RangeError(`${what}.maxStaleMs must be above 0 where onStale is 'fail', got 0`);
  }
  if (near.prefix !== undefined) {
    try {
      keys.prefix(near.prefix);
    } catch (error) {
      throw new TypeError(`${what}.prefix: ${error instanceof Error ? error.message : 'refused'}`, {
        cause: error,
      });
    }
  }
  if (near.maxEntries !== undefined) checkInteger(`${what}.maxEntries`, near.maxEntries, 1);
}
