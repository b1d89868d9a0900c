import { StoreError } from '../base/errors.ts';
import { kindOf } from '../base/options.ts';

/**
 * Turns a refusal into an exception, for those who like exceptions.
 *
 * @param outcome - what a conditional write, a conditional delete or an atomic commit answered
 * @returns the same outcome, known to be carried out
 * @throws StoreError `CONFLICT` when the condition did not hold; TypeError for what is no outcome
 *
 * @example
 * ```ts
 * import { memoryMap, must } from 'samemap';
 * const stock = memoryMap<number>();
 * const { version } = must(stock.set('apples', 3, { ifAbsent: true }));
 * must(stock.set('apples', 2, { ifVersion: version }));
 * ```
 */
export function must<T extends { readonly ok: boolean }>(outcome: T): Extract<T, { readonly ok: true }> {
  checkOutcome(outcome);
  if (outcome.ok) return outcome as Extract<T, { readonly ok: true }>;
  const { current, key } = outcome as { current?: { key: unknown; version: number }; key?: unknown };
  const what =
    current === undefined
      ? `${key === undefined ? 'the key' : JSON.stringify(key)} is absent`
      : `${JSON.stringify(current.key)} stands at version ${current.version}`;
  throw new StoreError('CONFLICT', `the condition did not hold: ${what}`);
}

function checkOutcome(outcome: unknown): void {
  if (outcome instanceof Promise)
    throw new TypeError('must takes an outcome, got a promise of one: await it first');
  if (typeof outcome === 'object' && outcome !== null && typeof Reflect.get(outcome, 'ok') === 'boolean')
    return;
  throw new TypeError(
    `must takes an outcome, as conditional writes and atomic commits answer, got ${kindOf(outcome)}`,
  );
}
