import { deepEqual } from '../../base/deep-equal.ts';
import { ANY, holds, NEWER, VERSION } from '../../contract/condition.ts';
import type { Cell } from '../../contract/core.ts';
import type { DeleteOutcome, Entry, Outcome } from '../../contract/entry.ts';
import type { Rule } from '../conditions.ts';
import type { MapContext } from '../context.ts';
import { checkDefined } from '../value-coder.ts';
import { encodeRead, readBack, refused, rounds, setOutcome, standing, tooManyConflicts } from './outcomes.ts';
import { read, write } from './phrase.ts';
import type { Phrase } from './phrase.ts';

type AnyEntry = Entry<unknown, unknown>;
type SetOutcome = Outcome<unknown, unknown>;
type RemoveOutcome = DeleteOutcome<unknown, unknown>;

/** Writes a value under any rule. */
export function* set(context: MapContext, key: string, value: unknown, rule: Rule): Phrase<SetOutcome> {
  checkDefined(context.name, value);
  const expiresAt = context.expiresAt(rule.ttl);
  const { cell, back } = yield* encodeRead(context, key, value);
  return yield* putRead(context, key, cell, back, rule, expiresAt);
}

/** Writes a cell under any rule. */
export function* put(
  context: MapContext,
  key: string,
  cell: Cell,
  rule: Rule,
  expiresAt: number,
): Phrase<SetOutcome> {
  return yield* putRead(context, key, cell, readBack(context, key, cell), rule, expiresAt);
}

function* putRead(
  context: MapContext,
  key: string,
  cell: Cell,
  back: AnyEntry,
  rule: Rule,
  expiresAt: number,
): Phrase<SetOutcome> {
  const { shape } = context.format;
  if (rule.ifValue === undefined) {
    const { condition, ifVersion, stamp } = rule;
    return setOutcome(context, back, yield* write(key, cell, condition, ifVersion, expiresAt, stamp, shape));
  }
  return yield* whileEqual(context, 'set', key, rule.ifValue.value, function* ({ version }) {
    const reply = yield* write(key, cell, VERSION, version, expiresAt, undefined, shape);
    return reply.ok ? setOutcome(context, back, reply) : undefined;
  });
}

/** Removes without looking at what was there; whether something was. */
export function* discard(context: MapContext, key: string): Phrase<boolean> {
  return (yield* write(key, undefined, ANY, 0, 0, undefined, context.format.shape)).ok;
}

/** Removes under any rule. */
export function* remove(context: MapContext, key: string, rule: Rule): Phrase<RemoveOutcome> {
  if (rule.ifValue === undefined) return yield* removeIf(context, key, rule);
  return yield* whileEqual(context, 'delete', key, rule.ifValue.value, (entry) =>
    removeRead(context, key, entry),
  );
}

/** Reads and decodes what it answers with, then removes on the version read: what cannot be decoded stays. */
function* removeIf(context: MapContext, key: string, rule: Rule): Phrase<RemoveOutcome> {
  if (rule.condition === NEWER) return yield* removeNewer(context, key, rule);
  for (let round = 0; round < rounds(context); round++) {
    const entry = standing(context, (yield* read(key)).entry);
    const version = entry?.version ?? 0;
    if (!holds(rule.condition, rule.ifVersion, undefined, version, undefined) || entry === undefined)
      return { ok: false, current: entry };
    const removed = yield* removeRead(context, key, entry);
    if (removed !== undefined) return removed;
  }
  throw tooManyConflicts(context, 'delete', key);
}

/** Removes an entry that was read; `undefined` when somebody wrote in between. */
function* removeRead(context: MapContext, key: string, entry: AnyEntry): Phrase<RemoveOutcome | undefined> {
  const { shape } = context.format;
  const { ok, at } = yield* write(key, undefined, VERSION, entry.version, 0, undefined, shape);
  return ok ? { ok, entry, version: at } : undefined;
}

/** Stamps are compared by the engine; what it removes is, but for a write in that very moment, what was decoded. */
function* removeNewer(context: MapContext, key: string, { stamp }: Rule): Phrase<RemoveOutcome> {
  standing(context, (yield* read(key)).entry);
  const reply = yield* write(key, undefined, NEWER, 0, 0, stamp, context.format.shape);
  const { ok, at: version } = reply;
  return ok ? { ok, entry: standing(context, reply.entry), version } : refused(context, reply.entry);
}

/** Reads and compares, then tries what writes on the version read; again when somebody wrote in between. */
function* whileEqual<Done>(
  context: MapContext,
  word: string,
  key: string,
  expected: unknown,
  attempt: (current: AnyEntry) => Phrase<Done | undefined>,
): Phrase<Done | ReturnType<typeof refused>> {
  for (let round = 0; round < rounds(context); round++) {
    const { entry } = yield* read(key);
    const current = standing(context, entry);
    if (current === undefined || !deepEqual(current.value, expected)) return { ok: false, current };
    const done = yield* attempt(current);
    if (done !== undefined) return done;
  }
  throw tooManyConflicts(context, word, key);
}
