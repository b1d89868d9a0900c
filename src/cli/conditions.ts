import type { DeleteCondition, WriteCondition } from '../index.ts';
import type { Notation } from './notation.ts';

/** Options of writes and deletes; commander lets at most one condition through. */
export interface ConditionOptions {
  readonly ifVersion?: number;
  readonly ifAbsent?: true;
  readonly ifPresent?: true;
  readonly ifValue?: string;
  readonly ifNewer?: bigint;
  readonly text?: true;
}

/** The condition of a write; `undefined` when none was said. */
export function writeCondition(
  options: ConditionOptions,
  notation: Notation,
): WriteCondition<unknown> | undefined {
  return options.ifAbsent ? { ifAbsent: true } : deleteCondition(options, notation);
}

/** The condition of a delete; `undefined` when none was said. */
export function deleteCondition(
  options: ConditionOptions,
  notation: Notation,
): DeleteCondition<unknown> | undefined {
  const { ifVersion, ifPresent, ifValue, ifNewer, text } = options;
  if (ifVersion !== undefined) return { ifVersion };
  if (ifPresent) return { ifPresent };
  if (ifNewer !== undefined) return { ifNewer };
  if (ifValue === undefined) return undefined;
  return { ifValue: notation.parse(new Uint8Array(Buffer.from(ifValue)), text === true) };
}
