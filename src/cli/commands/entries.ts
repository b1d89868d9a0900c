import { ERROR_TABLE, type Conflict, type Ttl } from '../../index.ts';
import type { Call, CommandSpec } from '../command.ts';
import { deleteCondition, writeCondition, type ConditionOptions } from '../conditions.ts';
import { jsonOf, writeEntry } from '../entry-out.ts';
import { EXIT, notFound, Refusal } from '../exit.ts';
import { typedValue } from '../input.ts';
import type { Notation } from '../notation.ts';
import { BARE, CODEC, IF_ABSENT, IF_NEWER, IF_PRESENT, IF_VALUE, IF_VERSION, TEXT, TTL } from '../options.ts';
import { anyMap, existingMap, withStore } from '../stores.ts';

interface SetCommandOptions extends ConditionOptions {
  readonly ttl?: Ttl;
  readonly codec?: string;
}

export const get: CommandSpec = {
  usage: 'get <map> <key>',
  summary: 'print the value of a key',
  formats: ['simple', 'json', 'table'],
  options: [BARE],
  examples: [
    ['samemap get users ada', 'the value'],
    ['samemap get users ada -w json', 'key, value, version and expiry'],
  ],
  run: (call, options: { readonly text?: true }, name: string, key: string) =>
    withStore(call, async (store) => {
      const { map, notation } = await existingMap(store, name, call);
      const entry = await map.entry(key, call.limits);
      if (entry === undefined) throw absent(name, key);
      await writeEntry(call.out, entry, notation, options.text === true);
    }),
};

export const set: CommandSpec = {
  usage: 'set <map> <key> [value]',
  summary: 'write a value; prints its version',
  details:
    'Without a value, or with -, the value is read from standard input. Values are JSON, unless the map holds text or bytes.',
  formats: ['simple', 'json'],
  options: [TTL, IF_VERSION, IF_ABSENT, IF_PRESENT, IF_VALUE, IF_NEWER, TEXT, CODEC],
  examples: [
    [`samemap set users ada '{"name":"Ada"}'`, 'write'],
    ['samemap set notes today --text "call Bob" --ttl 8h', 'plain text, gone after eight hours'],
    [`samemap set users ada '{"name":"Ada L."}' --if-version 7`, 'only over version 7, else exit code 4'],
    ['samemap set pages index - --codec text < index.html', 'from a file, into a new map of texts'],
  ],
  run: (call, options: SetCommandOptions, name: string, key: string, typed: string | undefined) =>
    withStore(call, async (store) => {
      const { map, notation } = await anyMap(store, name, options, call);
      const value = await typedValue(call, notation, typed, options.text === true);
      const condition = writeCondition(options, notation);
      const settings = { ...call.limits, ttlMs: options.ttl };
      const outcome =
        condition === undefined
          ? { ok: true as const, entry: await map.set(key, value, settings) }
          : await map.set(key, value, { ...condition, ...settings });
      if (!outcome.ok) throw await refused(call, key, outcome, notation);
      const { version, expiresAt } = outcome.entry;
      if (call.out.format === 'simple') return call.out.line(String(version));
      await call.out.json({ ok: true, key, version, ...(expiresAt === undefined ? {} : { expiresAt }) });
    }),
};

export const remove: CommandSpec = {
  usage: 'delete <map> <key>',
  summary: 'remove a key',
  formats: ['simple', 'json'],
  options: [IF_VERSION, IF_PRESENT, IF_VALUE, IF_NEWER, TEXT],
  examples: [
    ['samemap delete users ada', 'exit code 3 when there is none'],
    ['samemap delete users ada --if-version 7', 'only version 7, else exit code 4'],
  ],
  run: (call, options: ConditionOptions, name: string, key: string) =>
    withStore(call, async (store) => {
      const { map, notation } = await existingMap(store, name, call);
      const condition = deleteCondition(options, notation);
      let version: number | undefined;
      if (condition === undefined) {
        if (!(await map.delete(key, call.limits))) throw absent(name, key);
      } else {
        const outcome = await map.delete(key, { ...condition, ...call.limits });
        if (!outcome.ok) throw await refused(call, key, outcome, notation);
        version = outcome.version;
      }
      if (call.out.format === 'json') await call.out.json({ ok: true, key, version });
    }),
};

export const take: CommandSpec = {
  usage: 'take <map> <key>',
  summary: 'remove a key and print what was there',
  formats: ['simple', 'json', 'table'],
  options: [BARE],
  examples: [['samemap take jobs 17', 'of several takers one gets it, the others exit code 3']],
  run: (call, options: { readonly text?: true }, name: string, key: string) =>
    withStore(call, async (store) => {
      const { map, notation } = await existingMap(store, name, call);
      const entry = await map.take(key, call.limits);
      if (entry === undefined) throw absent(name, key);
      await writeEntry(call.out, entry, notation, options.text === true);
    }),
};

function absent(map: string, key: string): Refusal {
  return notFound(`no key ${JSON.stringify(key)} in the map ${map}`);
}

async function refused(
  call: Call,
  key: string,
  { current }: Conflict<unknown>,
  notation: Notation,
): Promise<Refusal> {
  if (call.out.format === 'json') {
    await call.out.json({ ok: false, current: current === undefined ? null : jsonOf(current, notation) });
  }
  const stands = current === undefined ? 'is absent' : `stands at version ${current.version}`;
  return new Refusal(
    EXIT.conflict,
    `CONFLICT: nothing was changed: ${JSON.stringify(key)} ${stands}. ${ERROR_TABLE.CONFLICT.advice}`,
  );
}
