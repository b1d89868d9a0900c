import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { ALIVE, JOINING, T_BEGAN, T_HEARTBEAT, T_STATE, T_TID, THREAD_WORDS, type Layout } from './layout.ts';
import { beat, type Memory, type Waiting } from './memory.ts';

/** The thread of the system that runs this code: its number, and when it began; 0 where that is not known. */
export function ownThread(): { readonly tid: number; readonly began: number } {
  try {
    const tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return { tid, began: beginOf(tid) };
  } catch {
    return { tid: 0, began: 0 };
  }
}

/** When a thread began, in ticks of the system; throws when it is gone. */
function beginOf(tid: number): number {
  const text = readFileSync(`/proc/self/task/${tid}/stat`, 'latin1');
  // The name in brackets may have anything in it; the 20th field behind it is the time.
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]) | 0;
}

/** How often each thread says that it lives, and how long one may be silent whose number in the system is not known. */
const BEAT_MS = 1_000;
const SILENCE_MS = 10_000;
/**
 * Looks at a lock: together a microsecond, about twice as long as others hold it for one entry. With more of them two
 * threads that write one key take it from each other each time.
 */
const LOOKS = 9;
/** Of a key that several threads write all the time each has turns of this length, with its memory in its own caches. */
const NAP_MS = 0.05;
const NAPS = 10;
/** How long a lock is waited for whose holder lives: locks are held for as long as entries are copied. */
const HOPELESS_MS = 30_000;
/** How long the main thread waits for a stripe. */
const MAIN_MS = 5;

/** How a thread of this program waits, and how it finds out that another one is gone. */
export function systemWaiting(
  words: Int32Array,
  layout: Layout,
  nowMs: () => number = () => performance.now(),
): Waiting {
  const beats = new Map<number, { readonly beat: number; readonly since: number }>();
  let since = 0;
  return {
    looks: LOOKS,
    naps: NAPS,
    nap(word, value, naps) {
      if (naps === 0) since = nowMs();
      Atomics.wait(words, word, value, NAP_MS);
    },
    park(word, value, rounds) {
      Atomics.wait(words, word, value, isMainThread ? 1 : Math.min(1 << rounds, 8));
    },
    hopeless: () => nowMs() - since > HOPELESS_MS,
    tooLong: () => isMainThread && nowMs() - since > MAIN_MS,
    gone(owner) {
      if (owner < 1 || owner > layout.threads) return true;
      const at = layout.threadsAt + (owner - 1) * THREAD_WORDS;
      const state = Atomics.load(words, at + T_STATE);
      if (state !== ALIVE && state !== JOINING) return true;
      const tid = Atomics.load(words, at + T_TID);
      if (tid > 0) return isGone(tid, words[at + T_BEGAN] as number);
      const beat = Atomics.load(words, at + T_HEARTBEAT);
      const now = nowMs();
      const known = beats.get(owner);
      if (known?.beat !== beat) beats.set(owner, { beat, since: now });
      return known?.beat === beat && now - known.since > SILENCE_MS;
    },
  };
}

function isGone(tid: number, began: number): boolean {
  if (!existsSync(`/proc/self/task/${tid}`)) return true;
  try {
    return beginOf(tid) !== began;
  } catch {
    return true;
  }
}

/**
 * Says now and then that this thread lives, without keeping the process alive.
 *
 * @returns what ends it
 */
export function startHeart(m: Memory): () => void {
  const timer = setInterval(() => beat(m), BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Calls `run` once after a time of the machine, without keeping the process alive: threads of the system live and
 * die by it, whatever clock a store has.
 *
 * @returns what cancels it
 */
export function afterMachineMs(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}
