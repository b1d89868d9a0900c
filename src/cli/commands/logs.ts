import { dumpLog } from '../../engines/log/dump.ts';
import { logEngine } from '../../engines/log/index.ts';
import { salvageLog } from '../../engines/log/salvage.ts';
import { verifyLog, withLogFiles } from '../../engines/log/verify.ts';
import type { Call, CommandSpec } from '../command.ts';
import { EXIT, Refusal, usage } from '../exit.ts';
import { progressOf } from '../progress.ts';
import { listing, pairs, writeSections } from '../sections.ts';
import { durableUrl, untouchedMap, withStore } from '../stores.ts';

export const compact: CommandSpec = {
  usage: 'compact',
  summary: 'give back the space of what was overwritten and removed',
  formats: ['simple', 'json'],
  examples: [['samemap compact', 'shows how far it is']],
  run: (call) =>
    withStore(call, async (store) => {
      const [info] = await store.maps(call.limits);
      if (info === undefined) return;
      const map = untouchedMap(store, info);
      const before = await map.stats();
      const bar = progressOf(call.world, 'compacting', 'bytes');
      try {
        await map.compact(({ done, total }) => bar.update(done, total));
      } finally {
        bar.stop();
      }
      const after = await map.stats();
      const names = ['logBytes', 'liveBytes', 'entries'].filter((name) => name in before);
      const told = names.map((name) => ({ name, before: before[name], after: after[name] }));
      await writeSections(call.out, [listing('compacted', ['name', 'before', 'after'], told)]);
    }),
};

export const verify: CommandSpec = {
  usage: 'verify',
  summary: 'read all of a log and name every bad record',
  details: 'The store must be a log that nobody has open. The exit code is 1 when something is bad.',
  formats: ['table', 'simple', 'json'],
  examples: [['samemap verify --url ./data', 'every bad record with file and offset']],
  run: async (call) => {
    const found = await withFiles(call, verifyLog);
    const { bad, ...counts } = found;
    await writeSections(call.out, [pairs('read', counts), listing('bad', ['file', 'offset', 'what'], bad)]);
    if (bad.length > 0)
      throw new Refusal(EXIT.error, `${bad.length} bad; salvage brings what is good to a new log`);
  },
};

export const salvage: CommandSpec = {
  usage: 'salvage <folder>',
  summary: 'bring what is good in a damaged log to a new one',
  details:
    'Of each key the newest record that can be read. Where the record of a removal was lost, what it removed comes back. The damaged log is not changed.',
  formats: ['table', 'simple', 'json'],
  examples: [['samemap salvage ./saved --url ./data', 'and what was lost, as a list']],
  run: async (call, _options: object, ...args) => {
    const folder = String(args[0]);
    const saved = await withFiles(call, async (files) => {
      const target = await logEngine({ dir: folder });
      try {
        if (target.maps.list().length > 0) throw usage(`${folder} is not empty: name a new folder`);
        return await salvageLog(files, target);
      } finally {
        await target.close();
      }
    });
    const { lost, ...counts } = saved;
    await writeSections(call.out, [
      pairs('saved', counts),
      listing('lost', ['file', 'offset', 'what'], lost),
    ]);
  },
};

export const dump: CommandSpec = {
  usage: 'dump',
  summary: 'show the records of a log as text',
  details: 'The store must be a log that nobody has open. The same bytes always give the same lines.',
  formats: ['simple'],
  examples: [['samemap dump --url ./data | less', 'segments, batches, records']],
  run: (call) =>
    withFiles(call, async (files) => {
      for await (const line of dumpLog(files)) await call.out.line(line);
    }),
};

/** Works on the files of the log that the command was given. */
function withFiles<T>(call: Call, work: Parameters<typeof withLogFiles<T>>[2]): Promise<T> {
  const { globals, world } = call;
  const url = durableUrl(globals.url ?? world.env['SAMEMAP_URL']);
  const directory = url.startsWith('log:') ? url.slice(4) : url;
  if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(directory)) throw usage(`${url} is no log: name its folder`);
  return withLogFiles(directory, globals.waitMs ?? 0, work);
}
