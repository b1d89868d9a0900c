// Kills a writing process again and again, and holds what is found against what it said.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { open } from '../../../src/map/open.ts';

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

/** Runs so many rounds; each ends the writer at a moment of its own. */
export async function killLoop(
  dir: string,
  rounds: number,
  seed: number,
  ending: Ending = KILLED,
): Promise<void> {
  let highest = 0;
  let random = seed;
  for (let round = 0; round < rounds; round++) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    const said = await ended(dir, round, random % 60, ending);
    highest = Math.max(highest, said.highest);
    try {
      ending.gone();
      highest = await verify(dir, said, highest);
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}`, { cause: error });
    }
  }
}

interface Said {
  readonly acknowledged: ReadonlyMap<string, Known>;
  readonly pair: number;
  readonly highest: number;
}

async function ended(dir: string, round: number, afterMs: number, { end }: Ending): Promise<Said> {
  const child = spawn(process.execPath, [WRITER, dir, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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
  const acknowledged = new Map<string, Known>();
  let pair = 0;
  let highest = 0;
  // The last line may be cut.
  for (const line of text.split('\n').slice(0, -1)) {
    const [what, ...rest] = line.split(' ');
    if (what === 's') highest = Math.max(highest, Number(rest[0]));
    else if (what === 'p') pair = Number(rest[0]);
    else {
      const [key = '', n, version = '0'] = rest;
      acknowledged.set(key, { n: Number(n), version: Number(version), deleted: what === 'd' });
      highest = Math.max(highest, Number(version));
    }
  }
  return { acknowledged, pair, highest };
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
