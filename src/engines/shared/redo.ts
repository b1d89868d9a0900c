import { claimSpan, chunkOf, chunkStart, releaseSpan, THREAD_OWNER } from './chunks.ts';
import { setVersion } from './entries.ts';
import {
  REDO_LIST,
  REDO_NOTHING,
  RING_COUNT,
  RING_LOCK,
  T_LIST,
  T_LIST_WORDS,
  T_REDO,
  T_REDO_COUNT,
  T_REDO_LIST,
  T_REDO_ROOM,
  T_REDO_SPAN,
  T_RING_COUNT,
  T_RING_HEAD,
} from './layout.ts';
import type { Local } from './local.ts';
import { damaged, type Memory, threadAt } from './memory.ts';
import { advanceHead, putWordsAt, writeStage } from './ring.ts';
import { lockWord, unlockWord } from './stripe-lock.ts';
import { takeVersion } from './versions.ts';

/**
 * The list of stores that a commit of several keys is going to make. Once `T_REDO` names it the commit
 * stands: whoever finds its thread gone makes the stores in its place, all of them, before any of its locks goes.
 */

/** Sees to it that there is room for so many stores; `false` without memory for that. */
export function roomForStores(m: Memory, stores: number): boolean {
  const { words } = m;
  const thread = threadAt(m, m.me);
  const need = stores * 2;
  if (need <= T_LIST_WORDS || need <= (words[thread + T_REDO_ROOM] as number)) return true;
  dropSpan(m, thread);
  const length = Math.ceil(need / m.layout.chunkWords);
  const first = claimSpan(m, THREAD_OWNER + m.me, length);
  if (first < 0) return false;
  words[thread + T_REDO_SPAN] = chunkStart(m, first);
  words[thread + T_REDO_ROOM] = length * m.layout.chunkWords;
  return true;
}

/** Gives the span for long lists back. */
export function dropSpan(m: Memory, thread: number): void {
  const { words } = m;
  const span = words[thread + T_REDO_SPAN] as number;
  words[thread + T_REDO_ROOM] = 0;
  words[thread + T_REDO_SPAN] = 0;
  if (span >= m.layout.chunksAt && span < m.layout.totalWords) releaseSpan(m, chunkOf(m, span));
}

/**
 * Commits: takes a version, gives it to the new blocks, tells watchers, and says that the stores stand. The
 * caller makes them and calls {@link storesDone}.
 *
 * @param stores - addresses and what they are to hold, in turn
 * @param told - whether changes are staged
 */
export function commitStores(
  local: Local,
  stores: readonly number[],
  blocks: readonly number[],
  told: boolean,
): number {
  const { m } = local;
  const { words } = m;
  const thread = threadAt(m, m.me);
  const list = stores.length <= T_LIST_WORDS ? thread + T_LIST : (words[thread + T_REDO_SPAN] as number);
  for (let i = 0; i < stores.length; i++) words[list + i] = stores[i] as number;
  words[thread + T_REDO_LIST] = list;
  words[thread + T_REDO_COUNT] = stores.length / 2;
  return commitAs(local, REDO_LIST, blocks, told);
}

/** The commit point of whatever lies in the thread's record. */
export function commitAs(local: Local, redo: number, blocks: readonly number[], told: boolean): number {
  const { m } = local;
  const { words } = m;
  const thread = threadAt(m, m.me);
  if (told) lockWord(m, RING_LOCK);
  try {
    const version = takeVersion(m);
    for (let i = 0; i < blocks.length; i++) setVersion(m, blocks[i] as number, version);
    if (!told) {
      Atomics.store(words, thread + T_REDO, redo);
      return version;
    }
    const head = writeStage(m, local.stage, version);
    putWordsAt(m, thread + T_RING_HEAD, head);
    words[thread + T_RING_COUNT] = ((words[RING_COUNT] as number) + 1) | 0;
    Atomics.store(words, thread + T_REDO, redo);
    advanceHead(m, head);
    return version;
  } finally {
    if (told) unlockWord(m, RING_LOCK);
  }
}

/** Says that all stores are made. */
export function storesDone(m: Memory): void {
  Atomics.store(m.words, threadAt(m, m.me) + T_REDO, REDO_NOTHING);
}

/** Makes the stores of a thread that is gone. */
export function redoStores(m: Memory, thread: number): void {
  const { words, layout } = m;
  const list = words[thread + T_REDO_LIST] as number;
  const count = words[thread + T_REDO_COUNT] as number;
  const own = list === thread + T_LIST && count * 2 <= T_LIST_WORDS;
  if ((!own && list < layout.chunksAt) || count < 0 || list + count * 2 > layout.totalWords)
    throw damaged('a list of stores');
  for (let i = 0; i < count; i++) {
    const at = words[list + 2 * i] as number;
    if (at < RING_LOCK || at >= layout.totalWords) throw damaged(`a store to ${at}`);
    Atomics.store(words, at, words[list + 2 * i + 1] as number);
  }
}
