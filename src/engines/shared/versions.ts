import { EPOCH_HIGH, EPOCH_LOW, VERSION } from './layout.ts';
import type { Memory } from './memory.ts';

/**
 * The version counter: 53 bits in three words, so that counting is one addition. The low half is added
 * to; the high half is in one of two words, by the top bit of the low half. Each of the two is set while the low half
 * is in the other part of its range, 2^31 versions before it is used, so that nobody ever sees it change.
 */

const HALF = 2 ** 32;

/** Takes `count` versions, 1 to 2^20; the first of them. */
export function takeVersions(m: Memory, count: number): number {
  const { words } = m;
  for (;;) {
    const low = (Atomics.add(words, VERSION, count) + 1) | 0;
    const last = (low + count - 1) | 0;
    // Numbers on both sides of the middle or of the end have two high halves: they are skipped.
    if ((low ^ last) < 0) continue;
    const high = low < 0 ? (words[EPOCH_HIGH] as number) : (words[EPOCH_LOW] as number);
    if (low < 0 ? words[EPOCH_LOW] === high + 1 : words[EPOCH_HIGH] === high)
      return high * HALF + (low >>> 0);
    if (setOther(m, low)) return high * HALF + (low >>> 0);
  }
}

/** Takes one version. */
export function takeVersion(m: Memory): number {
  return takeVersions(m, 1);
}

/** The newest version that was taken. */
export function newestVersion(m: Memory): number {
  const { words } = m;
  for (;;) {
    const low = Atomics.load(words, VERSION);
    const high = low < 0 ? (words[EPOCH_HIGH] as number) : (words[EPOCH_LOW] as number);
    if (low < 0 ? words[EPOCH_LOW] === high + 1 : words[EPOCH_HIGH] === high)
      return high * HALF + (low >>> 0);
    if (setOther(m, low)) return high * HALF + (low >>> 0);
  }
}

/** Sets the high half that is used next; `false` when the counter went on to the other part meanwhile. */
function setOther(m: Memory, low: number): boolean {
  const { words } = m;
  const upper = low < 0;
  const high = Atomics.load(words, upper ? EPOCH_HIGH : EPOCH_LOW);
  if (Atomics.load(words, VERSION) < 0 !== upper) return false;
  if (upper) Atomics.compareExchange(words, EPOCH_LOW, high, high + 1);
  else Atomics.compareExchange(words, EPOCH_HIGH, high - 1, high);
  return true;
}
