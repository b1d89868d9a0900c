import type { Change } from '../../index.ts';
import type { CommandSpec } from '../command.ts';
import { lineOf } from '../entry-out.ts';
import type { Notation } from '../notation.ts';
import { CODEC, LIMIT, PREFIX, WATCH_KEY, WATCH_PREVIOUS, WATCH_START } from '../options.ts';
import { printable } from '../printable.ts';
import { anyMap, withStore } from '../stores.ts';

interface WatchCommandOptions {
  readonly key?: string;
  readonly prefix?: string;
  readonly start?: string;
  readonly previous?: true;
  readonly limit?: number;
  readonly codec?: string;
}

export const watch: CommandSpec = {
  usage: 'watch <map>',
  summary: 'print changes as they happen, until interrupted',
  details: `One JSON object a line, with its type: insert, update, delete, expire; live (what you asked for has been delivered, from here on it is news); progress; reset (history was lost: forget what you know, the state follows).

Every line carries a bookmark: --start with the last one you saw goes on right behind it.`,
  formats: ['json', 'simple'],
  options: [WATCH_KEY, PREFIX, WATCH_START, WATCH_PREVIOUS, LIMIT, CODEC],
  examples: [
    ['samemap watch users', 'what changes from now on'],
    ['samemap watch users --start current', 'all entries first, marked replay'],
    ['samemap watch users --key ada --previous', 'one key, with what was there before'],
  ],
  run: (call, options: WatchCommandOptions, name: string) =>
    withStore(call, async (store) => {
      const { out, signal } = call;
      const { map, notation } = await anyMap(store, name, options, call);
      const { key, prefix, start, previous, limit = Infinity } = options;
      let left = limit;
      for await (const change of map.watch({ key, prefix, start, previous, signal })) {
        await (out.format === 'json'
          ? out.json(jsonOf(change, notation))
          : out.line(simpleOf(change, notation)));
        if (--left <= 0) return;
      }
    }),
};

function jsonOf(change: Change<unknown>, notation: Notation): object {
  const values = ['value', 'previous'].filter((field) => field in change);
  const noted = values.map((field) => [field, notation.toJson(change[field as keyof typeof change])]);
  return { ...change, ...Object.fromEntries(noted) };
}

function simpleOf(change: Change<unknown>, notation: Notation): string {
  if (!('key' in change)) return change.type;
  const value = 'value' in change ? [lineOf(change.value, notation)] : [];
  return [change.type, printable(change.key), String(change.version), ...value].join('\t');
}
