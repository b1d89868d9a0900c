import { StoreError } from '../../base/errors.ts';
import { kindOf, show } from '../../base/options.ts';
import { VERSION } from '../../contract/condition.ts';
import { KEEP_EXPIRY } from '../../contract/core.ts';
import type { Reply } from '../../contract/core.ts';
import type { Entry } from '../../contract/entry.ts';
import { DELETE, KEEP } from '../../contract/symbols.ts';
import type { MapContext } from '../context.ts';
import { encodeRead, rounds, standing, tooManyConflicts, writtenEntry } from './outcomes.ts';
import { ask, read, write } from './phrase.ts';
import type { Phrase } from './phrase.ts';

type AnyEntry = Entry<unknown, unknown>;
/** What the caller of `update` gives. */
export type Change = (value: unknown, entry: AnyEntry | undefined) => unknown;

/** Replaces the value by what `change` makes of it. */
export function* update(context: MapContext, key: string, change: Change): Phrase<AnyEntry | undefined> {
  /** How often the entry had changed by the time the function returned: where it answers at once, by the function. */
  let own = 0;
  for (let round = 0; round < rounds(context); round++) {
    const current = standing(context, (yield* read(key)).entry);
    const next = change(current?.value, current);
    if (round > 0 && context.engine.form === 'sync' && (yield* versionOf(key)) !== (current?.version ?? 0))
      own++;
    if (next === undefined) {
      throw new TypeError('update: the function returned undefined; return a value, KEEP or DELETE');
    }
    refusePromise('update', next);
    if (next === KEEP || (next === DELETE && current === undefined)) return current;
    const version = current?.version ?? 0;
    const { shape } = context.format;
    if (next === DELETE) {
      if ((yield* write(key, undefined, VERSION, version, 0, undefined, shape)).ok) return undefined;
    } else {
      const expiresAt = current === undefined ? context.expiresAt(undefined) : KEEP_EXPIRY;
      const { cell, back } = yield* encodeRead(context, key, next);
      const reply = yield* write(key, cell, VERSION, version, expiresAt, undefined, shape);
      if (reply.ok) return writtenEntry(context, back, reply);
    }
  }
  if (own * 2 > rounds(context)) {
    const what = `update of ${show(key)} in map ${show(context.name)}`;
    throw new TypeError(`${what}: the function writes it itself each time; return the value instead`);
  }
  throw tooManyConflicts(context, 'update', key);
}

/** The version that stands; 0 where nothing does. */
function* versionOf(key: string): Phrase<number> {
  return (yield* read(key)).entry?.version ?? 0;
}

/** Adds to a number, exactly: in one call where the cells are the numbers themselves, else by {@link update}. */
export function* add(context: MapContext, key: string, delta: number): Phrase<number> {
  if (!context.addsNatively) {
    let total = 0;
    yield* update(context, key, (value) => (total = sum(context, key, value, delta)));
    return total;
  }
  const expiresAt = context.expiresAt(undefined);
  const { shape } = context.format;
  return added(
    context,
    key,
    delta,
    yield* ask('write', ({ core }, id) => core.add(id, key, delta, expiresAt, shape)),
  );
}

/** The sum of an addition by the engine. @throws StoreError when it was refused */
export function added(context: MapContext, key: string, delta: number, { ok, entry }: Reply): number {
  if (ok && typeof entry?.value === 'number') return entry.value;
  return sum(context, key, entry && context.decode(entry), delta);
}

function sum(context: MapContext, key: string, value: unknown, delta: number): number {
  const total = typeof value === 'number' ? value + delta : value === undefined ? delta : Number.NaN;
  if (Number.isSafeInteger(total) && Number.isSafeInteger(value ?? 0)) return total;
  const what = `map ${show(context.name)}, key ${show(key)}: add(${delta})`;
  if (Number.isSafeInteger(value)) throw new StoreError('LIMIT', `${what} leaves the safe integers`);
  throw new StoreError('INVALID_VALUE', `${what} needs a whole number to add to, found ${kindOf(value)}`);
}

/** Refuses a callback that is not done when it returns. */
export function refusePromise(word: string, returned: unknown): void {
  if (!isThenable(returned)) return;
  // Nobody waits for it: its failure must not become an unhandled rejection.
  Promise.resolve(returned).catch(() => undefined);
  throw new TypeError(`${word}: the function returned a promise; it must be synchronous`);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
