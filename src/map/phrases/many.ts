import { show } from '../../base/options.ts';
import type { Cell } from '../../contract/core.ts';
import type { DeleteOutcome, Outcome } from '../../contract/entry.ts';
import { PLAIN, setRule } from '../conditions.ts';
import type { Rule } from '../conditions.ts';
import type { MapContext } from '../context.ts';
import { ask, encode } from './phrase.ts';
import type { Phrase } from './phrase.ts';
import { put, remove } from './writes.ts';
import { checkDefined } from '../value-coder.ts';

/** One write of `setMany`, checked and encoded. */
export interface SetStep {
  readonly key: string;
  readonly cell: Cell;
  readonly rule: Rule;
  readonly expiresAt: number;
}

/** Checks and encodes all writes of `setMany`, so that nothing is sent when one of them is refused. */
export function* prepareSets(context: MapContext, items: unknown): Phrase<SetStep[]> {
  const steps: SetStep[] = [];
  const checked = listOf('setMany', items).map((item, index) => {
    const what = `setMany: item ${index}`;
    if (!Array.isArray(item) || item.length < 2 || item.length > 3) {
      throw new TypeError(`${what} must be [key, value] or [key, value, options], got ${show(item)}`);
    }
    const [key, value, options] = Array.from<unknown>(item);
    const rule = setRule(what, options, false);
    checkDefined(context.name, value);
    return { key: context.encodeKey(key), value, rule };
  });
  for (const { key, value, rule } of checked) {
    const cell = yield* encode(context, value);
    steps.push({ key, cell, rule, expiresAt: context.expiresAt(rule.ttl) });
  }
  return steps;
}

/** One write of `setMany`. */
export function putStep(
  context: MapContext,
  { key, cell, rule, expiresAt }: SetStep,
): Phrase<Outcome<unknown, unknown>> {
  return put(context, key, cell, rule, expiresAt);
}

/** Checks all keys of `deleteMany`. */
export function prepareDeletes(context: MapContext, keys: unknown): Phrase<{ readonly key: string }[]> {
  return ask('work', () => encodeKeys(context, 'deleteMany', keys).map((key) => ({ key })));
}

/** One delete of `deleteMany`. */
export function deleteStep(
  context: MapContext,
  { key }: { readonly key: string },
): Phrase<DeleteOutcome<unknown, unknown>> {
  return remove(context, key, PLAIN);
}

/** The keys of a call that takes many, encoded. */
export function encodeKeys(context: MapContext, what: string, keys: unknown): string[] {
  return listOf(what, keys).map((key) => context.encodeKey(key));
}

/** The items of an iterable. @throws TypeError when it is none; a string is a likely mistake */
export function listOf(what: string, items: unknown): unknown[] {
  if (typeof items === 'object' && items !== null && Symbol.iterator in items) {
    // SAFETY: it says that it is iterable.
    return Array.from(items as Iterable<unknown>);
  }
  throw new TypeError(`${what} takes an iterable, got ${show(items)}`);
}
