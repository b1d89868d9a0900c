import type { Feed } from '../contract/services.ts';

/** A feed that can be ended by a gap and held back from outside. */
export interface FaultyFeed extends Feed {
  gap(): void;
  /** Lets the reader look again. */
  wake(): void;
}

/**
 * Wraps a feed.
 *
 * @param isHeld - `true` while nothing is to be delivered
 * @param onClose - told when the feed is closed
 */
export function faultyFeed(feed: Feed, isHeld: () => boolean, onClose: () => void): FaultyFeed {
  let state: 'open' | 'gap' | 'over' = 'open';
  let waiting: (() => void) | undefined;
  const wakeUp = (): void => {
    if (state === 'open' && isHeld()) return;
    const wake = waiting;
    waiting = undefined;
    wake?.();
  };
  return {
    begin: feed.begin,
    take() {
      if (state === 'open') return isHeld() ? undefined : feed.take();
      if (state === 'over') return undefined;
      state = 'over';
      return { kind: 'gap' };
    },
    onReady(wake) {
      if (state === 'over') return;
      waiting = wake;
      if (state === 'gap') queueMicrotask(wakeUp);
      else feed.onReady(wakeUp);
    },
    get lag() {
      return state === 'open' ? feed.lag : 0;
    },
    close() {
      state = 'over';
      waiting = undefined;
      feed.close();
      onClose();
    },
    gap() {
      if (state !== 'open') return;
      state = 'gap';
      feed.close();
      queueMicrotask(wakeUp);
    },
    wake() {
      queueMicrotask(wakeUp);
    },
  };
}
