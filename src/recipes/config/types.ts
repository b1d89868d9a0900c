import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { CallOptions } from '../../contract/calls.ts';
import type { Entry } from '../../contract/entry.ts';
import type { Changes } from '../changes-of.ts';

/**
 * Validators by the name of what they validate; any Standard Schema that answers at once.
 *
 * @example
 * ```ts
 * import type { ConfigSchemas } from 'samemap/recipes';
 * import { z } from 'zod';
 * const schemas = { 'server.port': z.number().int() } satisfies ConfigSchemas;
 * ```
 */
export type ConfigSchemas = Readonly<Record<string, StandardSchemaV1>>;

/**
 * How a config store behaves.
 *
 * @example
 * ```ts
 * import type { ConfigOptions } from 'samemap/recipes';
 * const options: ConfigOptions = { defaults: { 'log.level': 'info' }, onInvalid: ({ name }) => console.error(name) };
 * ```
 */
export interface ConfigOptions<
  Schemas extends ConfigSchemas = ConfigSchemas,
  Defaults extends Readonly<Record<string, unknown>> = Readonly<Record<string, unknown>>,
> {
  /** Validators; names that have none take any value. */
  readonly schemas?: Schemas | undefined;
  /** What is answered where nothing is stored; validated like what is stored. */
  readonly defaults?: Defaults | undefined;
  /**
   * Told, once each time it is written, of a stored value that its schema refuses. The last valid one that this
   * process saw is answered instead, else the default.
   */
  readonly onInvalid?: ((problem: InvalidConfig) => void) | undefined;
  /** Told of a file that cannot be read or loaded while it is followed. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * A stored value that its schema refuses.
 *
 * @example
 * ```ts
 * import type { InvalidConfig } from 'samemap/recipes';
 * const told = ({ name, error }: InvalidConfig) => `${name}: ${error.message}`;
 * ```
 */
export interface InvalidConfig {
  readonly name: string;
  readonly version: number;
  /** Why: `INVALID_VALUE`. */
  readonly error: Error;
}

/**
 * What a name of the schemas has: what its validator gives; maybe `undefined` where there is no default.
 *
 * @example
 * ```ts
 * import type { ConfigValue } from 'samemap/recipes';
 * import type { ZodNumber } from 'zod';
 * const port: ConfigValue<{ port: ZodNumber }, { port: number }, 'port'> = 8080;
 * ```
 */
export type ConfigValue<Schemas, Defaults, Name> =
  | (Name extends keyof Schemas
      ? Schemas[Name] extends StandardSchemaV1
        ? StandardSchemaV1.InferOutput<Schemas[Name]>
        : unknown
      : unknown)
  | (Name extends keyof Defaults ? never : undefined);

/**
 * What loading changed.
 *
 * @example
 * ```ts
 * import type { ConfigLoaded } from 'samemap/recipes';
 * const line = ({ written, removed }: ConfigLoaded) => `${written.length} written, ${removed.length} removed`;
 * ```
 */
export interface ConfigLoaded {
  /** Names that have another value than before. */
  readonly written: readonly string[];
  /** Names that an earlier load of this process wrote, and that are gone. */
  readonly removed: readonly string[];
}

/**
 * A file that is followed; closing the config store ends it, too.
 *
 * @example
 * ```ts
 * import type { ConfigFile } from 'samemap/recipes';
 * const stop = (file: ConfigFile) => file.close();
 * ```
 */
export interface ConfigFile extends Disposable {
  /** What the first load changed. */
  readonly loaded: ConfigLoaded;
  /** Ends following. Idempotent. */
  close(): void;
}

/**
 * Configuration in a map; see docs/guides/config.md. Reading asks nobody: a live copy of the map is in the process.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openConfig } from 'samemap/recipes';
 * import { z } from 'zod';
 * const store = await open('memory:');
 * const config = await openConfig(store.map('config'), {
 *   schemas: { 'server.port': z.number().int().min(1).max(65_535) },
 *   defaults: { 'server.port': 8080 },
 * });
 * const port = config.get('server.port'); // a number
 * const level = config.getString('log.level', 'info');
 * await config.close();
 * await store.close();
 * ```
 */
export interface Config<Schemas extends ConfigSchemas, Defaults> extends AsyncDisposable {
  /** The value that stands, valid, or the default. */
  get<Name extends (keyof Schemas & string) | (keyof Defaults & string)>(
    name: Name,
  ): ConfigValue<Schemas, Defaults, Name>;
  /**
   * A text. @throws StoreError `INVALID_VALUE` when it is none
   *
   * @param fallback - where nothing is stored and there is no default
   */
  getString<Fallback extends string | undefined = undefined>(
    name: string,
    fallback?: Fallback,
  ): string | Fallback;
  /** A number, or a text that is one. @throws StoreError `INVALID_VALUE` when it is none */
  getNumber<Fallback extends number | undefined = undefined>(
    name: string,
    fallback?: Fallback,
  ): number | Fallback;
  /** A boolean, or `'true'` or `'false'`. @throws StoreError `INVALID_VALUE` when it is none */
  getBoolean<Fallback extends boolean | undefined = undefined>(
    name: string,
    fallback?: Fallback,
  ): boolean | Fallback;
  /** Whether something is stored. */
  has(name: string): boolean;
  /** Writes, if the schema takes it; what was written is read by this process when the promise resolves. */
  set(name: string, value: unknown, options?: CallOptions): Promise<Entry<unknown>>;
  /** Removes what is stored, so that the default counts; `false` when nothing was. */
  delete(name: string, options?: CallOptions): Promise<boolean>;
  /**
   * The value now, then each other one, valid: `undefined` or the default while nothing is stored; what the schema
   * refuses is told to `onInvalid` and left out. A slow reader skips to the newest.
   */
  follow<Name extends (keyof Schemas & string) | (keyof Defaults & string)>(
    name: Name,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Changes<ConfigValue<Schemas, Defaults, Name>>;
  /**
   * Writes what an object says, and removes what an earlier load of this process wrote and is gone. Objects in it
   * become names with dots (`{ server: { port: 1 } }` is `server.port`), unless there is a schema for the object
   * itself; what has not changed is not written. All of it is validated before the first is written.
   *
   * @throws StoreError `INVALID_VALUE` naming what is refused; nothing is written
   */
  load(values: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<ConfigLoaded>;
  /**
   * {@link load} of a JSON file.
   *
   * @throws StoreError `IO` when it cannot be read, `INVALID_VALUE` when it is no JSON object
   */
  loadFile(file: string, options?: CallOptions): Promise<ConfigLoaded>;
  /** {@link loadFile}, now and each time that the file is another; faults of later loads go to `onError`. */
  followFile(file: string, options?: CallOptions): Promise<ConfigFile>;
  /** How stale what is read may be, in milliseconds; 0 while it is live. */
  readonly staleMs: number;
  /** Ends the copy and all following. Idempotent. */
  close(): Promise<void>;
}
