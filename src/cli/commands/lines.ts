import type { Call, CommandSpec } from '../command.ts';
import { Importer, type ImportOptions } from '../importer.ts';
import { linesOf, withBytes } from '../input.ts';
import type { EntryLine, MapLine } from '../json-line.ts';
import { CODEC, INTO_MAP, KEEP_EXISTING } from '../options.ts';
import { counted } from '../printable.ts';
import { progressOf, type Progress } from '../progress.ts';
import { existingMap, withStore, type NotedMap } from '../stores.ts';

export const exportLines: CommandSpec = {
  usage: 'export [maps...]',
  summary: 'print entries as lines of JSON',
  details: `A line {"map","codec","shape"} for each map, then a line {"map","key","value","expiresAt"?} for each entry. What JSON cannot write is marked, as in {"$date":"…"}. For an exact copy take a snapshot.`,
  formats: ['json'],
  examples: [
    ['samemap export > all.jsonl', 'every map'],
    ['samemap export users orders | gzip > two.jsonl.gz', 'two of them'],
  ],
  run: (call, _options, names: readonly string[]) =>
    withStore(call, async (store) => {
      const wanted = names.length > 0 ? names : (await store.maps(call.limits)).map(({ name }) => name);
      const maps: NotedMap[] = [];
      for (const name of wanted) maps.push(await existingMap(store, name, call, 'refuse'));
      // Where the lines go to the terminal themselves, a bar would run through them.
      const bar = call.world.stdout.isTTY ? undefined : progressOf(call.world, 'exporting', 'entries');
      try {
        await writeLines(call, maps, bar);
      } finally {
        bar?.stop();
      }
    }),
};

async function writeLines(call: Call, maps: readonly NotedMap[], bar: Progress | undefined): Promise<void> {
  let total = 0;
  for (const { map } of bar === undefined ? [] : maps) total += await map.count(call.limits);
  let done = 0;
  for (const { info, map, notation } of maps) {
    await call.out.json({ map: info.name, codec: info.codec, shape: info.shape } satisfies MapLine);
    for await (const { key, value, expiresAt } of map.list(call.limits)) {
      const line: EntryLine = { map: info.name, key, value: notation.toJson(value) };
      await call.out.json(expiresAt === undefined ? line : { ...line, expiresAt });
      bar?.update(++done, total);
    }
  }
}

export const importLines: CommandSpec = {
  usage: 'import [file]',
  summary: 'write entries from lines of JSON',
  details: `Each line is {"map","key","value","expiresAt"?}; a line {"map","codec","shape"} says how a new map is stored. Without a file, or with -, lines come from standard input. Entries that have expired are left out. A bad line ends the import; the lines before it stay imported.`,
  formats: ['simple', 'json'],
  options: [INTO_MAP, KEEP_EXISTING, CODEC],
  examples: [
    ['samemap import all.jsonl', 'every line into the map it names'],
    ['zcat two.jsonl.gz | samemap import', 'from a pipe'],
    [`jq -c '{key: .id, value: .}' users.jsonl | samemap import -m users`, 'lines of another make'],
  ],
  run: (call, options: ImportOptions, file: string | undefined) =>
    withBytes(call, file, 'lines of JSON', (source) =>
      withStore(call, async (store) => {
        const importer = new Importer(store, call, options);
        const bar = progressOf(call.world, 'importing', 'entries');
        try {
          for await (const line of linesOf(source)) {
            await importer.add(line);
            bar.update(importer.counts.imported);
          }
          await importer.flush();
        } finally {
          bar.stop();
        }
        await tellImported(call, importer.counts);
      }),
    ),
};

async function tellImported(call: Call, counts: Importer['counts']): Promise<void> {
  if (call.out.format === 'json') return call.out.json(counts);
  const parts = [`imported ${counted(counts.imported, 'entry', 'entries')}`];
  if (counts.kept > 0) parts.push(`kept ${counted(counts.kept, 'that was', 'that were')} there`);
  if (counts.expired > 0) parts.push(`left out ${counted(counts.expired, 'that has', 'that have')} expired`);
  await call.out.line(parts.join(', '));
}
