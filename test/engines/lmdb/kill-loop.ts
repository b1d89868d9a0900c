// Kills a writing process again and again, and holds what is found against what it said.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { open } from '../../../src/map/open.ts';
import { Ahead, type Child } from '../../fixtures/ahead.ts';

const WRITER = fileURLToPath(new URL('./kill-writer.js', import.meta.url));

/** What is known of a key: the last acknowledged write, and whether it was a delete. */
interface Known {
  readonly n: number;
  readonly version: number;
  readonly deleted: boolean;
}

/** How a writer ends. */
export interface Ending {
  /** Ends the writer, or what it stands on. */
  readonly end: (writer: ChildProcess) => void;
  /** Called when the writer is gone, before its directory is looked at. */
  readonly gone: () => void;
}

const KILLED: Ending = { end: (writer) => void writer.kill('SIGKILL'), gone: () => undefined };

/**
 * Runs so many rounds over the same stores, all of one process; each ends the writer at a moment of its own, in the middle
 * of something else for each store.
 */
export async function killLoop(
  dirs: readonly string[],
  rounds: number,
  seed: number,
  ending: Ending = KILLED,
): Promise<void> {
  const highest = dirs.map(() => 0);
  const writers = new Ahead(WRITER);
  let random = seed;
  try {
    for (let round = 0; round < rounds; round++) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      const writer = writers.begin([JSON.stringify(dirs), String(round)]);
      const said = await ended(writer, dirs.length, random % 60, ending);
      ending.gone();
      for (const [index, dir] of dirs.entries()) {
        const told = said[index] as Said;
        try {
          highest[index] = await verify(dir, told, Math.max(highest[index] ?? 0, told.highest));
        } catch (error) {
          throw new Error(`seed ${seed}, round ${round}, store ${index}`, { cause: error });
        }
      }
    }
  } finally {
    writers.end();
  }
}

/** What a writer said of one of its stores. */
interface Said {
  readonly acknowledged: Map<string, Known>;
  pair: number;
  highest: number;
}

async function ended(child: Child, stores: number, afterMs: number, { end }: Ending): Promise<Said[]> {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const stop = (): void => {
    over = true;
    end(child);
  };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    timer ??= setTimeout(stop, afterMs);
  });
  await once(child, 'close');
  clearTimeout(timer);
  assert.ok(over, 'the writer ended by itself');
  const all = Array.from({ length: stores }, (): Said => ({ acknowledged: new Map(), pair: 0, highest: 0 }));
  // The last line may be cut.
  for (const line of text.split('\n').slice(0, -1)) {
    const [index, what, ...rest] = line.split(' ');
    const said = all[Number(index)] as Said;
    if (what === 's') said.highest = Math.max(said.highest, Number(rest[0]));
    else if (what === 'p') said.pair = Number(rest[0]);
    else {
      const [key = '', n, version = '0'] = rest;
      said.acknowledged.set(key, { n: Number(n), version: Number(version), deleted: what === 'd' });
      said.highest = Math.max(said.highest, Number(version));
    }
  }
  return all;
}

async function verify(dir: string, { acknowledged, pair }: Said, highest: number): Promise<number> {
  const store = await open(await lmdbEngine({ dir }));
  const map = store.map<{ n: number; fill: string }>('m');
  let count = 0;
  for await (const [, { n, fill }] of map) {
    if (n !== 0) assert.equal(fill.length, n % 300);
    count++;
  }
  assert.equal(await map.count(), count, 'the count is that of the entries');
  for (const [key, known] of acknowledged) {
    const entry = await map.entry(key);
    // One write more may have reached the disk than was said.
    if (known.deleted) assert.ok(entry === undefined || entry.value.n === known.n + 1, `${key} came back`);
    else if (entry === undefined) assert.equal((known.n + 1) % 7, 0, `${key} is lost`);
    else assert.ok(entry.value.n >= known.n && entry.version >= known.version, `${key} went back`);
  }
  const pairs = store.map<number>('pair');
  const [left, right] = await pairs.getMany(['left', 'right']);
  assert.equal(left, right, 'a commit was split');
  assert.ok(pair === 0 || (left ?? 0) >= pair, 'a commit is lost');
  const { version } = await map.set('after', { n: 0, fill: '' });
  assert.ok(version > highest, `version ${version} was seen before: ${highest}`);
  await store.close();
  return version;
}
