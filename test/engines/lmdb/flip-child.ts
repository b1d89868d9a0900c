// Flips one bit of a store's file at a time and reads everything; a line for each trial says what came of it. Damage
// to the structure of the file may end this process: whoever started it goes on with the next trial.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync, writeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { StoreError } from '../../../src/index.ts';
import { open } from '../../../src/map/open.ts';
import { ENTRIES, valueOf } from './flips.ts';

/** What was read of a damaged store. */
interface Seen {
  wrong: number;
  missing: number;
  refused: number;
  /** Faults that are no fault of this library. */
  strange: string[];
}

/** Reads all keys, one by one and in order. */
async function read(dir: string): Promise<Seen> {
  const seen: Seen = { wrong: 0, missing: 0, refused: 0, strange: [] };
  const fault = (error: unknown): void => {
    if (error instanceof StoreError) seen.refused++;
    else seen.strange.push(String(error));
  };
  const check = (key: string, value: string | undefined): void => {
    if (value === undefined) seen.missing++;
    else if (value !== valueOf(Number(key.slice(4)))) seen.wrong++;
  };
  const engine = await lmdbEngine({ dir, durability: 'os' }).catch(fault);
  if (engine === undefined) return seen;
  const store = await open(engine);
  try {
    const map = store.map<string>('m');
    for (let i = 0; i < ENTRIES; i++) {
      const key = `key-${i}`;
      await map.get(key).then((value) => check(key, value), fault);
    }
    for await (const { key, value } of map.list()) check(key, value);
  } catch (error) {
    fault(error);
  } finally {
    await store.close().catch(fault);
  }
  return seen;
}

/** A number from 0 up to a bound, the same for the same trial. */
function chosen(seed: number, trial: number, bound: number): number {
  let state = Math.imul(seed ^ Math.imul(trial + 1, 0x9e37_79b1), 0x85eb_ca6b) >>> 0;
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35) >>> 0;
  return (state ^ (state >>> 16)) % bound;
}

async function main(base: string, seed: number, from: number, to: number): Promise<void> {
  const bytes = readFileSync(join(base, 'data-1.mdb'));
  for (let trial = from; trial < to; trial++) {
    const dir = join(base, `trial-${trial}`);
    mkdirSync(dir);
    copyFileSync(join(base, 'current'), join(dir, 'current'));
    const bit = chosen(seed, trial, bytes.length * 8);
    const damaged = Buffer.from(bytes);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    writeFileSync(join(dir, 'data-1.mdb'), damaged);
    const seen = await read(dir);
    rmSync(dir, { recursive: true, force: true });
    writeSync(1, `${JSON.stringify({ trial, ...seen })}\n`);
  }
}

const [base = '', ...numbers] = process.argv.slice(2);
const [seed = 0, from = 0, to = 0] = numbers.map(Number);
await main(base, seed, from, to);
