import { performance } from 'node:perf_hooks';
import { StoreError } from '../../base/errors.ts';
import type { Progressed } from '../../contract/services.ts';
import { Compaction } from './compaction.ts';
import { checkOpen, type State } from './state.ts';

/** While the event loop is busier than this, compaction that nobody asked for waits … */
const BUSY = 0.8;
/** … unless so much more is dead than it takes to begin. */
const FORCED = 2;
/** How long it waits before it looks again, in milliseconds. */
const PAUSE_MS = 250;

/** Runs compactions, one at a time. */
export interface Compactor {
  /** Compacts everything. */
  all(onProgress: (progress: Progressed) => void): Promise<void>;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

/**
 * What runs compactions, by itself too.
 *
 * @param busyMeter - makes what says how busy the event loop was since it was made, from 0 to 1
 */
export function compactorOf(state: State, busyMeter: () => () => number = eventLoopMeter): Compactor {
  let queue: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let waiting = false;
  let cancel: (() => void) | undefined;
  let busyNow = busyMeter();

  const run = (work: () => Promise<void>): Promise<void> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };

  const later = (): void => {
    if (waiting || stopped) return;
    waiting = true;
    busyNow = busyMeter();
    cancel = state.clock.after(PAUSE_MS, () => void look(), true);
  };

  const look = async (): Promise<void> => {
    waiting = false;
    cancel = undefined;
    const due = dueBy(state);
    if (due < 1 || stopped) return;
    if (busyNow() > BUSY && due < FORCED) return later();
    await run(() => (stopped ? Promise.resolve() : new Compaction(state, () => stopped).worst())).catch(
      () => undefined,
    );
    if (dueBy(state) >= 1) later();
  };

  state.onDead = () => {
    if (!waiting && !stopped && dueBy(state) >= 1) later();
  };
  return {
    all: (onProgress) => run(() => all(state, () => stopped, onProgress)),
    async stop() {
      stopped = true;
      cancel?.();
      await queue;
    },
  };
}

function eventLoopMeter(): () => number {
  const before = performance.eventLoopUtilization();
  return () => performance.eventLoopUtilization(before).utilization;
}

/** Compacts everything; on a full disk, in the room that is kept back. */
async function all(
  state: State,
  stopped: () => boolean,
  onProgress: (progress: Progressed) => void,
): Promise<void> {
  const { reserve } = state;
  try {
    await new Compaction(state, stopped).all(onProgress);
  } catch (error) {
    if (reserve.spent || !(error instanceof StoreError) || error.code !== 'FULL') throw error;
    await reserve.spend();
    await new Compaction(state, stopped).all(onProgress);
  }
  if (reserve.spent) await reserve.make();
}

/** `Services.compact`. */
export async function compact(
  state: State,
  compactor: Compactor,
  onProgress: (progress: Progressed) => void,
): Promise<void> {
  checkOpen(state);
  state.wheel.sweep();
  state.tombstones.prune(state.clock.now());
  await compactor.all(onProgress);
}

/** From 1 up compaction is due. */
function dueBy(state: State): number {
  const { compactAt, compactBytes } = state.settings;
  if (compactAt >= 1 || state.closed) return 0;
  let all = 0;
  let dead = 0;
  for (const segment of state.segments) {
    if (segment === undefined || segment.staged || segment === state.active) continue;
    all += segment.tail;
    dead += segment.tail - segment.liveBytes;
  }
  if (dead <= compactBytes || all === 0) return 0;
  return dead / all / compactAt;
}
