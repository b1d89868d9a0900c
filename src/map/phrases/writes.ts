import { deepEqual } from '../../base/deep-equal.ts';
import { ANY, VERSION } from '../../contract/condition.ts';
import type { Cell } from '../../contract/core.ts';
import type { DeleteOutcome, Outcome } from '../../contract/entry.ts';
import type { Rule } from '../conditions.ts';
import type { MapContext } from '../context.ts';
import { checkDefined } from '../value-coder.ts';
import { refused, rounds, setOutcome, standing, tooManyConflicts } from './outcomes.ts';
import { encode, read, write } from './phrase.ts';
import type { Phrase } from './phrase.ts';

type SetOutcome = Outcome<unknown, unknown>;
type RemoveOutcome = DeleteOutcome<unknown, unknown>;

/** Writes a value under any rule. */
export function* set(context: MapContext, key: string, value: unknown, rule: Rule): Phrase<SetOutcome> {
  checkDefined(context.name, value);
  const expiresAt = context.expiresAt(rule.ttl);
  return yield* put(context, key, yield* encode(context, value), rule, expiresAt);
}

/** Writes a cell under any rule. */
export function* put(
  context: MapContext,
  key: string,
  cell: Cell,
  rule: Rule,
  expiresAt: number,
): Phrase<SetOutcome> {
  const { shape } = context.format;
  if (rule.ifValue === undefined) {
    return setOutcome(
      context,
      yield* write(key, cell, rule.condition, rule.ifVersion, expiresAt, rule.stamp, shape),
    );
  }
  return yield* whileEqual(context, 'set', key, rule.ifValue.value, function* (version) {
    const reply = yield* write(key, cell, VERSION, version, expiresAt, undefined, shape);
    return reply.ok ? setOutcome(context, reply) : undefined;
  });
}

/** Removes without looking at what was there; whether something was. */
export function* discard(context: MapContext, key: string): Phrase<boolean> {
  return (yield* write(key, undefined, ANY, 0, 0, undefined, context.format.shape)).ok;
}

/** Removes under any rule. */
export function* remove(context: MapContext, key: string, rule: Rule): Phrase<RemoveOutcome> {
  if (rule.ifValue === undefined) return yield* removeIf(context, key, rule);
  return yield* whileEqual(context, 'delete', key, rule.ifValue.value, function* (version) {
    const outcome = yield* removeIf(context, key, { ...rule, ifVersion: version });
    return outcome.ok ? outcome : undefined;
  });
}

function* removeIf(context: MapContext, key: string, rule: Rule): Phrase<RemoveOutcome> {
  const { shape } = context.format;
  const reply = yield* write(key, undefined, rule.condition, rule.ifVersion, 0, rule.stamp, shape);
  const { ok, at: version } = reply;
  return ok ? { ok, entry: standing(context, reply.entry), version } : refused(context, reply.entry);
}

/** Reads and compares, then tries what writes on the version read; again when somebody wrote in between. */
function* whileEqual<Done>(
  context: MapContext,
  word: string,
  key: string,
  expected: unknown,
  attempt: (version: number) => Phrase<Done | undefined>,
): Phrase<Done | ReturnType<typeof refused>> {
  for (let round = 0; round < rounds(context); round++) {
    const { entry } = yield* read(key);
    const current = standing(context, entry);
    if (current === undefined || !deepEqual(current.value, expected)) return { ok: false, current };
    const done = yield* attempt(current.version);
    if (done !== undefined) return done;
  }
  throw tooManyConflicts(context, word, key);
}
