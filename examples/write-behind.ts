// A real stream of events, coalesced on its way into a map: which commit touched which file last, and how often.
//
//   node dist/examples/write-behind.js [url of the store]
//
// The events are those of this checkout's own git log, newest first, so that newer-wins has something to do; where
// there is no git log, the time stamps of the files of the installed packages.
import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { open } from 'samemap';
import { closeOnExit, openBuffer, toMap } from 'samemap/buffer';

interface Touch {
  readonly commit: string;
  readonly atMs: number;
}

const [url = 'memory:'] = process.argv.slice(2);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** One event for each file of each commit: the commit, its time, the file. */
async function* gitLog(): AsyncGenerator<readonly [file: string, Touch]> {
  const git = spawn('git', ['log', '--format=%h %ct', '--name-only'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  git.on('error', () => undefined);
  let touch: Touch = { commit: '', atMs: 0 };
  for await (const line of createInterface({ input: git.stdout })) {
    const head = /^([0-9a-f]{7,40}) (\d+)$/.exec(line);
    if (head !== null) touch = { commit: head[1] ?? '', atMs: Number(head[2]) * 1_000 };
    else if (line !== '') yield [line, touch];
  }
}

/** The same from the files of installed packages. */
async function* packages(): AsyncGenerator<readonly [file: string, Touch]> {
  const folder = path.join(root, 'node_modules');
  for (const file of await readdir(folder, { recursive: true })) {
    if (path.basename(file) !== 'package.json') continue;
    const { mtimeMs } = await stat(path.join(folder, file));
    yield [
      path.dirname(path.dirname(file)),
      { commit: path.basename(path.dirname(file)), atMs: Math.floor(mtimeMs) },
    ];
  }
}

const store = await open(url);
const files = store.map<Touch>('files');
const counts = store.map<number>('counts');
const newest = await openBuffer<Touch>({ name: 'newest', processor: toMap(files), intervalMs: 50 });
const often = await openBuffer<number>({
  name: 'often',
  intervalMs: 50,
  merge: (old, next) => old + next,
  processor: async (batch) => {
    await Promise.all(batch.map(({ key, value }) => counts.add(key, value)));
  },
});
const forget = [closeOnExit(newest), closeOnExit(often)];

let events = 0;
let ignored = 0;
const take = async (file: string, touch: Touch): Promise<void> => {
  events++;
  if (!(await newest.setNewer(file, touch, touch.atMs))) ignored++;
  await often.set(file, 1);
};
for await (const [file, touch] of gitLog()) await take(file, touch);
if (events === 0) for await (const [file, touch] of packages()) await take(file, touch);
await newest.close();
await often.close();
for (const stop of forget) stop();

const { delivered, calls } = newest.stats();
console.log(`${events} events of ${await files.count()} files on ${url}`);
console.log(
  `${ignored} were older than what was known; ${delivered} writes reached the map, in ${calls} batches`,
);
const all = [];
for await (const entry of counts.list()) all.push(entry);
const most = all.toSorted((a, b) => b.value - a.value).slice(0, 5);
for (const { key, value } of most)
  console.log(`${String(value).padStart(6)} × ${key}, last in ${(await files.get(key))?.commit}`);
await store.close();
