declare const types: unique symbol;

/** What a map holds, for inference where a map of any face is an argument. */
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
