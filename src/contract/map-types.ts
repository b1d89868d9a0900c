declare const types: unique symbol;

/**
 * What a map holds, for inference where a map of any face is an argument.
 *
 * @example
 * ```ts
 * import type { MapTypes } from 'samemap';
 * function nameOf<Value, Key, Input>(map: MapTypes<Value, Key, Input>): string {
 *   return map.name;
 * }
 * ```
 */
export interface MapTypes<Value, Key, Input> {
  /** The map's name within its store. */
  readonly name: string;
  /** Exists for the compiler only. */
  readonly [types]?: {
    readonly value: Value;
    readonly key: (key: Key) => void;
    readonly input: (value: Input) => void;
  };
}
