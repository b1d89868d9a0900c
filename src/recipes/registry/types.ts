import type { CallOptions } from '../../contract/calls.ts';
import type { Entry } from '../../contract/entry.ts';
import type { Changes } from '../changes-of.ts';

/**
 * What a registry stores under a name. Make the map with it: `store.map<Registered<Service>>('services')`.
 *
 * @example
 * ```ts
 * import type { Registered } from 'samemap/recipes';
 * const line = ({ owner, sinceMs }: Registered<unknown>) => `${owner} since ${new Date(sinceMs).toISOString()}`;
 * ```
 */
export interface Registered<Value> {
  /** Who registered it. */
  readonly owner: string;
  /** Which registration it is: another each time. */
  readonly id: string;
  readonly value: Value;
  /** How often the value was changed. */
  readonly revision: number;
  /** Since when, in milliseconds since the epoch, by the clock of the owner. */
  readonly sinceMs: number;
}

/**
 * How a registry behaves.
 *
 * @example
 * ```ts
 * import type { RegistryOptions } from 'samemap/recipes';
 * const options: RegistryOptions = { leaseMs: 10_000, owner: 'worker-7' };
 * ```
 */
export interface RegistryOptions {
  /**
   * How long others wait after an owner died, in milliseconds from 100 up; renewed three times in that time while it
   * lives. Unless said a registration stands until it is unregistered.
   */
  readonly leaseMs?: number | undefined;
  /**
   * Who registers here; a fresh random name unless said. A registry opened with the same name may take over what an
   * earlier one left behind, as after a restart; use one at a time.
   */
  readonly owner?: string | undefined;
}

/**
 * What `register` answers: the registration, or who has the name.
 *
 * @example
 * ```ts
 * import type { RegisterOutcome } from 'samemap/recipes';
 * const told = (outcome: RegisterOutcome<string>) => (outcome.ok ? 'mine' : outcome.current?.value.owner);
 * ```
 */
export type RegisterOutcome<Value> =
  | { readonly ok: true; readonly registration: Registration<Value> }
  | { readonly ok: false; readonly current: Entry<Registered<Value>> | undefined };

/**
 * A name that is held. Ownership is this object.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openRegistry } from 'samemap/recipes';
 * const store = await open('memory:');
 * const services = openRegistry<string>(store.map('services'), { leaseMs: 5_000 });
 * const outcome = await services.register('mailer', 'http://127.0.0.1:8025');
 * if (outcome.ok) {
 *   const { registration } = outcome;
 *   registration.lost.addEventListener('abort', () => console.log(registration.lost.reason));
 *   await registration.update('http://127.0.0.1:8026');
 *   await registration.unregister();
 * }
 * await services.close();
 * await store.close();
 * ```
 */
export interface Registration<Value> extends AsyncDisposable {
  readonly name: string;
  /** The value as it was registered or updated last. */
  readonly value: Value;
  /** Aborts when the name is lost, `LOCK_LOST` being the reason; not when it is unregistered. */
  readonly lost: AbortSignal;
  /**
   * Changes the value.
   *
   * @throws StoreError `LOCK_LOST` when the name was lost, `CLOSED` when it was unregistered
   */
  update(value: Value, options?: CallOptions): Promise<void>;
  /** Gives the name back; `false` when it was not held any more. Idempotent. */
  unregister(options?: CallOptions): Promise<boolean>;
}

/**
 * Somebody came, changed its value, or left; or `live`: what there was has been told.
 *
 * @example
 * ```ts
 * import type { RegistryChange } from 'samemap/recipes';
 * const line = (change: RegistryChange<string>) =>
 *   change.type === 'live' ? 'live' : `${change.type} ${change.name}`;
 * ```
 */
export type RegistryChange<Value> =
  | {
      readonly type: 'arrived' | 'changed';
      readonly name: string;
      readonly value: Value;
      readonly owner: string;
    }
  | {
      readonly type: 'departed';
      readonly name: string;
      readonly value: Value;
      readonly owner: string;
      /** It went by itself or was removed, its lease ran out, or another is in its place. */
      readonly reason: 'unregistered' | 'expired' | 'replaced';
    }
  | { readonly type: 'live' };

/**
 * Names, each held by one owner at a time; see docs/guides/registry.md.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openRegistry } from 'samemap/recipes';
 * const store = await open('memory:');
 * const services = openRegistry<{ url: string }>(store.map('services'));
 * await services.register('eu/mailer', { url: 'http://127.0.0.1:8025' });
 * for await (const { name, value } of services.list('eu/')) console.log(name, value.url);
 * await services.close(); // unregisters what it holds
 * await store.close();
 * ```
 */
export interface Registry<Value> extends AsyncDisposable {
  /** Who registers here. */
  readonly owner: string;
  /** Takes a name, if nobody has it. Of many who try one gets it. */
  register(name: string, value: Value, options?: CallOptions): Promise<RegisterOutcome<Value>>;
  /** What is registered under the name, or `undefined`. */
  get(name: string, options?: CallOptions): Promise<Value | undefined>;
  /** Gives back a name that this registry holds; `false` when it holds none such. */
  unregister(name: string, options?: CallOptions): Promise<boolean>;
  /** Who there is, in the order of the names. */
  list(
    prefix?: string,
    options?: CallOptions,
  ): AsyncIterableIterator<Registered<Value> & { readonly name: string }>;
  /** Arrivals, changes and departures: first who there is, as arrivals, then `live`, then what happens. */
  watch(options?: {
    readonly prefix?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Changes<RegistryChange<Value>>;
  /** Unregisters all that this registry holds. Idempotent. */
  close(): Promise<void>;
}
