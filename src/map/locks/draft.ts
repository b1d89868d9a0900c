import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { Stored } from '../../contract/core.ts';
import type { MapContext } from '../context.ts';
import { refusePromise } from '../phrases/update.ts';

/** The value that a holder of a lock works on: a private copy, made when it is first looked at. */
export class Draft {
  readonly #context: MapContext;
  readonly #initial: unknown;
  #value: unknown;
  #made = false;

  constructor(context: MapContext, initial: unknown) {
    this.#context = context;
    this.#initial = initial;
  }

  /** @param stored - the entry as it was read; `undefined` when the key is absent */
  get(stored: Stored | undefined): unknown {
    if (!this.#made) this.set(stored === undefined ? this.#first() : this.#copy(stored));
    return this.#value;
  }

  set(value: unknown): void {
    this.#value = value;
    this.#made = true;
  }

  /** Forgets what was changed. */
  drop(): void {
    this.#value = undefined;
    this.#made = false;
  }

  #first(): unknown {
    const initial = this.#initial;
    if (typeof initial !== 'function') return cloned(initial, 'initial');
    const made: unknown = (initial as () => unknown)();
    refusePromise('lock: initial', made);
    return made;
  }

  #copy(stored: Stored): unknown {
    const value = this.#context.decode(stored);
    return this.#context.format.references ? cloned(value, `value of ${show(stored.key)}`) : value;
  }
}

function cloned(value: unknown, what: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new StoreError('CODEC', `the ${what} cannot be copied for a draft: assign lock.value instead`, {
      cause,
    });
  }
}
