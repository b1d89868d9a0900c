import { StoreError, type Progressed, type Store } from '../../index.ts';
import type { Call, CommandSpec } from '../command.ts';
import { EXIT, Refusal, usage } from '../exit.ts';
import { writeWhole } from '../file-out.ts';
import { withBytes } from '../input.ts';
import { ONE_MAP, REPLACE } from '../options.ts';
import { counted } from '../printable.ts';
import { progressOf, type Progress } from '../progress.ts';
import { durableUrl, mapInfo, untouchedMap, withStore, withStoreAt } from '../stores.ts';

interface RestoreCommandOptions {
  readonly replace?: true;
}

export const snapshot: CommandSpec = {
  usage: 'snapshot [file]',
  summary: 'write all maps, as they stand now, to a file',
  details:
    'An exact copy of one moment, while writers go on. Without a file, or with -, it goes to standard output. A file that is there is replaced only by a whole one.',
  formats: ['simple', 'json'],
  options: [ONE_MAP],
  examples: [
    ['samemap snapshot backup.samemap', 'everything'],
    ['samemap snapshot -m users | gzip > users.samemap.gz', 'one map, into a pipe'],
  ],
  run: async (call, options: { readonly map?: string }, file: string | undefined) => {
    const toStdout = file === undefined || file === '-';
    if (toStdout && call.world.stdout.isTTY) {
      throw usage('a snapshot is binary and this is a terminal: name a file, or send the output to one');
    }
    await withStore(call, async (store) => {
      const { map: name } = options;
      const source =
        name === undefined
          ? store.snapshot(call.limits)
          : untouchedMap(store, await mapInfo(store, name, call)).snapshot(call.limits);
      const written = await showing(progressOf(call.world, 'writing', 'bytes'), async (bar) => {
        if (!toStdout) return writeWhole(file, source, (done) => bar.update(done));
        let done = 0;
        for await (const piece of source) {
          await call.out.write(piece);
          bar.update((done += piece.length));
        }
        return done;
      });
      if (!toStdout) await told(call, 'wrote', written, 'byte');
    });
  },
};

export const restore: CommandSpec = {
  usage: 'restore [file]',
  summary: 'load a snapshot: all of it, or nothing',
  details: 'Without a file, or with -, from standard input. The maps must be empty unless --replace is said.',
  formats: ['simple', 'json'],
  options: [REPLACE],
  examples: [
    ['samemap restore backup.samemap', 'into an empty store'],
    ['zcat users.samemap.gz | samemap restore --replace', 'over what the map holds'],
  ],
  run: async (call, options: RestoreCommandOptions, file: string | undefined) => {
    if ((file === undefined || file === '-') && call.world.stdin.isTTY) {
      throw usage('no snapshot given: name a file, or send one to standard input');
    }
    await withBytes(call, file, 'a snapshot', (source) =>
      withStore(call, async (store) => {
        const count = await showing(progressOf(call.world, 'restoring', 'entries'), (bar) =>
          store.restore(source, restoring(call, options, bar)),
        );
        await told(call, 'restored', count, 'entry', 'entries');
      }),
    );
  },
};

export const copy: CommandSpec = {
  usage: 'copy <from> <to> [maps...]',
  summary: 'copy maps from one store to another',
  details:
    'All maps, at one moment of the first store; or those named, one by one. The maps of the second must be empty unless --replace is said.',
  formats: ['simple', 'json'],
  options: [REPLACE],
  examples: [
    ['samemap copy ./data etcd://localhost:2379/app', 'move to a cluster'],
    ['samemap copy ./data ./test-data users --replace', 'one map, over what is there'],
  ],
  run: async (call, options: RestoreCommandOptions, from: string, to: string, names: readonly string[]) => {
    if (durableUrl(from) === durableUrl(to)) throw usage('both addresses are the same');
    await withStoreAt(call, from, (source) =>
      withStoreAt(call, to, async (target) => {
        const count = await showing(progressOf(call.world, 'copying', 'entries'), (bar) =>
          copyMaps(call, source, target, names, restoring(call, options, bar)),
        );
        await told(call, 'copied', count, 'entry', 'entries');
      }),
    );
  },
};

async function copyMaps(
  call: Call,
  source: Store,
  target: Store,
  names: readonly string[],
  how: ReturnType<typeof restoring>,
): Promise<number> {
  if (names.length === 0) return target.restore(source.snapshot(call.limits), how);
  const infos = [];
  for (const name of names) infos.push(await mapInfo(source, name, call));
  let count = 0;
  for (const info of infos) {
    const stream = untouchedMap(source, info).snapshot(call.limits);
    count += await untouchedMap(target, info).restore(stream, how);
  }
  return count;
}

function restoring(call: Call, { replace }: RestoreCommandOptions, bar: Progress) {
  const onProgress = ({ done, total }: Progressed): void => bar.update(done, total);
  return { ...call.limits, mode: replace ? 'replace' : 'empty', onProgress } as const;
}

/** Runs work that shows how far it is; faults of a restore are told with what can be done about them here. */
async function showing<Result>(bar: Progress, work: (bar: Progress) => Promise<Result>): Promise<Result> {
  try {
    return await work(bar);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'CORRUPT' || error.code === 'FORMAT')
      throw new Refusal(EXIT.error, `${error.code}: ${error.message}; nothing was changed`);
    if (error.code !== 'CONFLICT') throw error;
    const what = error.message.replace(/: restore wants .*$/, '');
    throw new Refusal(EXIT.conflict, `CONFLICT: ${what}; say --replace to remove what the maps hold`);
  } finally {
    bar.stop();
  }
}

async function told(call: Call, verb: string, count: number, one: string, many = `${one}s`): Promise<void> {
  if (call.out.format === 'json') return call.out.json({ [many]: count });
  await call.out.line(`${verb} ${counted(count, one, many)}`);
}
