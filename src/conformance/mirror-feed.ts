import type { Feed, FeedEvent, StoredChange } from '../contract/services.ts';
import { changesOf, copyEvent } from './copies.ts';
import { sameCell, type MirrorState } from './mirror-state.ts';

/**
 * A feed that delivers what the first engine's feed does, and each commit not before the second one's
 * delivered the same. Expiries and evictions are let through as they come, for each engine may take
 * its time over them.
 */
export function mirrorFeed(state: MirrorState, a: Feed, b: Feed): Feed {
  /** Commits of the second engine that the first one did not deliver yet, in order. */
  const ahead: StoredChange[][] = [];
  /** An event of the first engine that waits for its twin. */
  let head: FeedEvent | undefined;
  let gap = false;
  let over = false;
  let armed = 0;

  const begin = Promise.all([a.begin, b.begin]).then(([at, bt]) => {
    state.passPosition(at, bt);
    return at;
  });
  begin.catch(() => undefined);

  const close = (): void => {
    over = true;
    a.close();
    b.close();
  };

  const drainSecond = (): void => {
    for (let event = gap ? undefined : b.take(); event !== undefined; event = b.take()) {
      if (event.kind === 'gap') gap = true;
      const written = event.kind === 'commit' ? writes(event) : [];
      if (written.length > 0) ahead.push(written);
    }
  };

  /** `true` when the event at the head may be delivered. */
  const isDue = (event: FeedEvent): boolean => {
    if (event.kind !== 'commit') return true;
    const mine = writes(event);
    if (mine.length === 0) return true;
    const theirs = ahead.shift();
    if (theirs === undefined) return false;
    compare(state, mine, theirs);
    return true;
  };

  return {
    begin,
    take() {
      if (over) return undefined;
      drainSecond();
      if (head === undefined) {
        const next = a.take();
        head = next === undefined ? undefined : copyEvent(next);
      }
      const event = head;
      if (event === undefined) return undefined;
      if (event.kind === 'gap' || (gap && ahead.length === 0 && event.kind === 'commit')) {
        close();
        return { kind: 'gap' };
      }
      if (!isDue(event)) return undefined;
      head = undefined;
      return event;
    },
    onReady(wake) {
      if (over) return;
      const mark = ++armed;
      const once = (): void => {
        if (mark !== armed) return;
        armed++;
        wake();
      };
      b.onReady(once);
      // What is ready at the first engine already must not wake anybody again before its twin is.
      if (head === undefined) a.onReady(once);
      else if (gap) queueMicrotask(once);
    },
    get lag() {
      return a.lag + (head === undefined ? 0 : 1);
    },
    close,
  };
}

/** The changes of a commit that somebody made, in key order. */
function writes({ first }: FeedEvent & { readonly kind: 'commit' }): StoredChange[] {
  return changesOf(first)
    .filter(({ kind }) => kind !== 'expire' && kind !== 'evict')
    .map((change) => ({ ...change }))
    .toSorted((x, y) => (x.key < y.key ? -1 : 1));
}

function compare(state: MirrorState, mine: readonly StoredChange[], theirs: readonly StoredChange[]): void {
  const keys = (changes: readonly StoredChange[]): string =>
    JSON.stringify(changes.map(({ kind, key }) => [kind, key]));
  state.same('changes', 'commit', keys(mine), keys(theirs));
  for (const [i, a] of mine.entries()) {
    const b = theirs[i];
    if (b === undefined) continue;
    const what = `of ${JSON.stringify(a.key)}`;
    if (!sameCell(a.value, b.value)) state.fail('changes', `value ${what} differs`, a.value, b.value);
    if (a.previous !== undefined && b.previous !== undefined && !sameCell(a.previous, b.previous)) {
      state.fail('changes', `previous value ${what} differs`, a.previous, b.previous);
    }
    state.same('changes', `expiresAt ${what}`, a.expiresAt, b.expiresAt);
    state.same('changes', `shape ${what}`, a.shape, b.shape);
    state.sameVersion('changes', a.map, a.key, a.version, b.version);
  }
}
