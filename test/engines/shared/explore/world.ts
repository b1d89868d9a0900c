// A store as small as can be, that virtual threads work on.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '../../../../src/base/clock.ts';
import { audit } from '../../../../src/engines/shared/audit.ts';
import {
  cellAt,
  ENTRY,
  expiryAt,
  keyAt,
  kindAt,
  LOCK,
  mapAt,
} from '../../../../src/engines/shared/entries.ts';
import { firstDue } from '../../../../src/engines/shared/due.ts';
import { type HeldLock, listLocks } from '../../../../src/engines/shared/grants.ts';
import {
  ALIVE,
  C_OWNER,
  CHUNK_RECORD_WORDS,
  EMPTY,
  layoutOf,
  NEXT_DUE,
  RECORDING,
  T_STATE,
  THREADS_USED,
  TOMB,
  type Plan,
} from '../../../../src/engines/shared/layout.ts';
import type { Local, Table } from '../../../../src/engines/shared/local.ts';
import { type Memory, memoryOver, newBuffer, threadAt } from '../../../../src/engines/shared/memory.ts';
import { openMap } from '../../../../src/engines/shared/registry.ts';
import { newStage } from '../../../../src/engines/shared/ring.ts';
import { indexOf, pairAt, pairsOf } from '../../../../src/engines/shared/table.ts';
import { rewrite } from './rewrite.ts';

/** What a virtual thread yields: that it is about to touch memory, or that it sleeps until a word changes. */
export type Step = undefined | { readonly word: number; readonly value: number };
export type Steps<Result = unknown> = Generator<Step, Result, unknown>;

/** The rewritten words. Their arguments are those of the production functions, their results come at the end. */
export type Words = Readonly<Record<string, (...given: readonly unknown[]) => Steps>>;

const MODULES = [
  'apply',
  'blocks',
  'chunks',
  'clear',
  'commit',
  'due',
  'entries',
  'evict',
  'grants',
  'load',
  'many',
  'over',
  'rebuild',
  'recover',
  'redo',
  'registry',
  'ring',
  'spare',
  'stripe-lock',
  'sweep',
  'table',
  'tidy',
  'versions',
  'words',
];
const PRODUCTION = fileURLToPath(new URL('../../../../src/engines/shared/', import.meta.url));

/** Loads instances of the rewritten modules for one virtual thread. */
export async function loadWords(): Promise<Words> {
  const folder = mkdtempSync(path.join(tmpdir(), 'samemap-explore-'));
  rewrite(PRODUCTION, MODULES, folder);
  const words: Record<string, (...given: readonly unknown[]) => Steps> = {};
  for (const name of [
    'words',
    'commit',
    'clear',
    'grants',
    'sweep',
    'recover',
    'load',
    'many',
    'tidy',
    'stripe-lock',
  ]) {
    const loaded = (await import(pathToFileURL(path.join(folder, `${name}.js`)).href)) as Words;
    for (const [word, run] of Object.entries(loaded)) words[word] ??= run;
  }
  return words;
}

const PLAN: Plan = {
  totalWords: 2 ** 15,
  stripeBits: 3,
  chunkBits: 10,
  threads: 4,
  ringBits: 10,
  birthBits: 8,
};

/** A store and its virtual threads. */
export interface World {
  readonly m: Memory;
  readonly table: Table;
  readonly locals: readonly Local[];
  readonly clock: { ms: number };
  readonly dead: Set<number>;
  /** What the memory was when the world was made; put back by {@link reset}. */
  image: Int32Array;
}

/** When the world begins, and when calls are tried. */
const BEGIN_MS = 1_000_000;
const NOW_MS = 1_000_100;

/** Makes a world of as many threads as there are instances of the words. */
export function makeWorld(words: readonly Words[], recording: boolean, evicts: boolean): World {
  const layout = layoutOf(PLAN);
  // Copied in no time, as shared memory is not; threads here are none.
  const buffer = new ArrayBuffer(PLAN.totalWords * 4) as unknown as SharedArrayBuffer;
  new Int32Array(buffer).set(new Int32Array(newBuffer(PLAN)));
  const dead = new Set<number>();
  const time = { ms: BEGIN_MS };
  const clock: Clock = { now: () => time.ms, after: () => () => undefined };
  const locals = words.map((own, i): Local => {
    const waiting = {
      looks: 0,
      naps: 0,
      nap: () => undefined,
      *park(word: number, value: number): Steps<void> {
        yield { word, value };
      },
      gone: (owner: number) => dead.has(owner),
      tooLong: () => false,
      hopeless: () => false,
    };
    // SAFETY: rewritten code runs `park` and `recover` as the generators they are here.
    const m = memoryOver(buffer, layout, waiting as unknown as Memory['waiting']);
    m.me = i + 1;
    const local: Local = {
      m,
      clock,
      stage: newStage(),
      tables: [],
      evicts,
      stoneMs: 1_000,
      stonesInStripe: 4,
      base: BEGIN_MS,
    };
    m.recover = ((owner: number) => own['recover']?.(local, owner)) as unknown as Memory['recover'];
    m.words[threadAt(m, m.me) + T_STATE] = ALIVE;
    return local;
  });
  const { m } = locals[0] as Local;
  m.words[THREADS_USED] = words.length;
  m.words[NEXT_DUE] = 0x7fffffff;
  m.words[RECORDING] = recording ? 1 : 0;
  const table = openMap(m, 'm', { codec: 'bytes', shape: 0, references: false });
  return { m, table, locals, clock: time, dead, image: m.words.slice() };
}

/** Puts the world back to its image. */
export function reset(world: World): void {
  world.m.words.set(world.image);
  world.dead.clear();
  world.clock.ms = NOW_MS;
}

/** What stands, without versions. */
export function stateOf({ m, table, clock }: World): string {
  const found: string[] = [];
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) {
    const index = indexOf(m, stripe);
    for (let i = 0; i < pairsOf(m, index); i++) {
      const block = m.words[pairAt(index, i) + 1] as number;
      if (block === EMPTY || block === TOMB) continue;
      const kind = kindAt(m, block);
      const until = expiryAt(m, block);
      if (kind === LOCK || (until !== 0 && until <= clock.ms)) continue;
      const cell = cellAt(m, block);
      const value = typeof cell === 'number' ? String(cell) : textOf(cell as Uint8Array);
      const expiry = kind === ENTRY ? until : '';
      found.push(
        `${kind === ENTRY ? '' : `${kind}:`}${mapAt(m, block)}/${keyAt(m, block)}=${value}@${expiry}`,
      );
    }
    const locks: HeldLock[] = [];
    listLocks(m, stripe, locks);
    for (const { key, holder, waiters } of locks) {
      found.push(`lock ${key}: ${[holder, ...waiters].map(({ owner, id }) => `${owner}/${id}`).join(' ')}`);
    }
  }
  return `${table.id} ${found.toSorted().join(', ')}`;
}

/** Bytes as they are filled here: all the same. */
function textOf(bytes: Uint8Array): string {
  return bytes.every((byte) => byte === bytes[0]) ? `${bytes.length}x${bytes[0]}` : `torn ${bytes.join()}`;
}

/** All of the memory up to the last chunk in use. */
export function usedMemory({ m: { words, layout } }: World): Buffer {
  let last = layout.chunks;
  while (last > 0 && words[layout.recordsAt + (last - 1) * CHUNK_RECORD_WORDS + C_OWNER] === 0) last--;
  return Buffer.from(words.buffer, 0, (layout.chunksAt + last * layout.chunkWords) * 4);
}

/** What is wrong with the memory. */
export function problemsOf({ m }: World): readonly string[] {
  const { problems } = audit(m);
  const due = Math.min(...Array.from({ length: m.layout.stripes }, (_, stripe) => firstDue(m, stripe)));
  const next = m.words[NEXT_DUE] as number;
  return next <= due ? problems : [...problems, `${next} is due next instead of ${due}`];
}
