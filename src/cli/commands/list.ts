import type { Range, Store } from '../../index.ts';
import type { Call, CommandSpec } from '../command.ts';
import { entryRow, entryTable, jsonOf, lineOf } from '../entry-out.ts';
import { usage } from '../exit.ts';
import { END, LIMIT, PREFIX, REVERSE, START, KEYS_ONLY } from '../options.ts';
import { printable } from '../printable.ts';
import { existingMap, withStore, type NotedMap } from '../stores.ts';
import { tableOf } from '../table.ts';

interface ListOptions extends Range {
  readonly keysOnly?: true;
}

export const list: CommandSpec = {
  usage: 'list [map]',
  summary: 'print the entries of a map, or the maps',
  details:
    'One entry a line: key, tab, value; ordered by the UTF-8 bytes of the keys. Control characters are escaped; -w json is exact. Without a map, the maps are listed.',
  formats: ['simple', 'json', 'table'],
  options: [PREFIX, START, END, REVERSE, LIMIT, KEYS_ONLY],
  examples: [
    ['samemap list', 'the maps'],
    ['samemap list users -w table', 'with versions and expiries'],
    ['samemap list users --prefix eu/ --limit 10', 'the first ten below eu/'],
    ['samemap list users --start b --end d --reverse', 'from d (without it) back to b'],
  ],
  run: (call, options: ListOptions, name: string | undefined) =>
    withStore(call, async (store) => {
      if (name === undefined) return listMaps(store, call, options);
      const noted = await existingMap(store, name, call);
      const { prefix, start, end, reverse, limit } = options;
      const range = { prefix, start, end, reverse, limit, ...call.limits };
      await (options.keysOnly ? listKeys(call, noted, range) : listEntries(call, noted, range));
    }),
};

async function listMaps(store: Store, call: Call, options: ListOptions): Promise<void> {
  const [strange] = Object.keys(options).filter((option) => option in RANGE_OPTIONS);
  if (strange !== undefined) throw usage('ranges are for the entries of a map: say which map');
  const { out } = call;
  const table = tableOf(out, 'map', 'codec', 'shape');
  for (const { name, codec, shape } of await store.maps(call.limits)) {
    if (out.format === 'table') await table.row(name, codec, shape);
    else await (out.format === 'json' ? out.json({ map: name, codec, shape }) : out.line(name));
  }
  if (out.format === 'table') await table.end();
}

const RANGE_OPTIONS = { prefix: 1, start: 1, end: 1, reverse: 1, limit: 1, keysOnly: 1 };

async function listKeys({ out }: Call, { map }: NotedMap, range: Range): Promise<void> {
  const table = tableOf(out, 'key');
  for await (const key of map.keys(range)) {
    if (out.format === 'table') await table.row(key);
    else await (out.format === 'json' ? out.json({ key }) : out.line(printable(key)));
  }
  if (out.format === 'table') await table.end();
}

async function listEntries({ out }: Call, { map, notation }: NotedMap, range: Range): Promise<void> {
  const table = entryTable(out);
  for await (const entry of map.list(range)) {
    if (out.format === 'table') await entryRow(table, entry, notation);
    else if (out.format === 'json') await out.json(jsonOf(entry, notation));
    else await out.line(`${printable(entry.key)}\t${lineOf(entry.value, notation)}`);
  }
  if (out.format === 'table') await table.end();
}
