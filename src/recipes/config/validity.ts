import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { Entry } from '../../contract/entry.ts';
import { validate } from '../../map/schema.ts';
import type { ConfigSchemas, InvalidConfig } from './types.ts';

/** What was made of one stored value. */
interface Judged {
  readonly version: number;
  readonly value: unknown;
}

/**
 * What is valid by the schemas of a config store. Values are validated once for each version; of one that is refused
 * somebody is told, and the last valid one stands in.
 */
export class Validity {
  readonly #schemas: ConfigSchemas;
  readonly #onInvalid: ((problem: InvalidConfig) => void) | undefined;
  readonly #judged = new Map<string, Judged>();

  constructor(schemas: ConfigSchemas, onInvalid: ((problem: InvalidConfig) => void) | undefined) {
    this.#schemas = schemas;
    this.#onInvalid = onInvalid;
  }

  /** Whether there is a validator of this very name. */
  knows(name: string): boolean {
    return Object.hasOwn(this.#schemas, name);
  }

  /** The value as its validator returns it. @throws StoreError `INVALID_VALUE` naming it */
  check(name: string, value: unknown): unknown {
    const schema = this.knows(name) ? this.#schemas[name] : undefined;
    if (schema === undefined) return value;
    try {
      return validate('config', schema, value);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw new StoreError('INVALID_VALUE', `config ${show(name)}: ${error.message}`, { cause: error.cause });
    }
  }

  /** The value of an entry, or, where it is refused, the last valid one of its name; `undefined` for none. */
  valueOf(name: string, entry: Pick<Entry<unknown>, 'version' | 'value'> | undefined): unknown {
    if (entry === undefined) {
      this.#judged.delete(name);
      return undefined;
    }
    if (!this.knows(name)) return entry.value;
    const before = this.#judged.get(name);
    if (before?.version === entry.version) return before.value;
    let value = before?.value;
    try {
      value = this.check(name, entry.value);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#onInvalid?.({ name, version: entry.version, error });
    }
    this.#judged.set(name, { version: entry.version, value });
    return value;
  }
}
