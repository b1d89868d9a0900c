import type { Position } from '../../../contract/position.ts';
import type { Feed, FeedEvent } from '../../../contract/services.ts';

const GAP: FeedEvent = { kind: 'gap' };

/**
 * The feeds of all partitions as one: commits in the order of each partition, in turns.
 *
 * @param feeds - one of each partition, in their order
 * @param from - where they began; `'now'`: where they say
 * @param foreign - `true`: it cannot be resumed from, so that the first event is `gap`
 */
export function mergedFeed(feeds: readonly Feed[], from: Position | 'now', foreign: boolean): Feed {
  const reached: number[] = from === 'now' ? feeds.map(() => 0) : [...from];
  let turn = 0;
  let isOver = false;
  let hasGap = foreign;
  let wake: (() => void) | undefined;
  /** Those that will wake us. */
  const armed = new Set<Feed>();
  const begin = Promise.all(feeds.map((feed) => feed.begin)).then((begins) => {
    const position = begins.map(([version = 0]) => version);
    for (const [partition, version] of position.entries())
      reached[partition] = Math.max(reached[partition] ?? 0, version);
    return position;
  });
  begin.catch(() => undefined);

  const close = (): void => {
    isOver = true;
    for (const feed of feeds) feed.close();
  };
  const taken = (event: FeedEvent, partition: number): FeedEvent => {
    if (event.kind === 'commit') {
      reached[partition] = event.first.version;
      return { kind: 'commit', partition, first: event.first };
    }
    if (event.kind === 'gap') {
      close();
      return GAP;
    }
    reached[partition] = Math.max(reached[partition] ?? 0, event.position[0] ?? 0);
    return { kind: 'progress', position: [...reached] };
  };
  return {
    begin,
    take() {
      if (isOver) return undefined;
      if (hasGap) {
        hasGap = false;
        close();
        return GAP;
      }
      for (let tries = 0; tries < feeds.length; tries++) {
        const partition = turn;
        turn = (turn + 1) % feeds.length;
        const event = feeds[partition]?.take();
        if (event !== undefined) return taken(event, partition);
      }
      return undefined;
    },
    onReady(next) {
      wake = next;
      if (hasGap) queueMicrotask(() => woken());
      for (const feed of feeds) {
        if (armed.has(feed)) continue;
        armed.add(feed);
        feed.onReady(() => {
          armed.delete(feed);
          woken();
        });
      }
    },
    get lag() {
      return feeds.reduce((sum, feed) => sum + feed.lag, 0);
    },
    close() {
      hasGap = false;
      close();
      wake = undefined;
    },
  };

  function woken(): void {
    const run = wake;
    wake = undefined;
    run?.();
  }
}
