import type { AsyncCore, AsyncGrant, SyncCore, SyncGrant } from '../contract/core.ts';
import type { AsyncEngine, SyncEngine } from '../contract/engine.ts';
import type { Services } from '../contract/services.ts';
import type { MirrorState } from './mirror-state.ts';
import type { Serial } from './serial.ts';

/** Locks that one engine has granted and the other is being asked for, by map and key. */
export type Moving = Map<string, number>;

type TryLock = Parameters<SyncCore['tryLock']>;
type Lock = Parameters<Services['lock']>;

/** Takes a lock of two engines that answer at once. */
export function tryBoth(state: MirrorState, a: SyncCore, b: SyncCore, args: TryLock): SyncGrant | undefined {
  const [map, key, request] = args;
  const mine = a.tryLock(map, key, request);
  const theirs = b.tryLock(state.id(map), key, request);
  if (mine !== undefined && theirs !== undefined) return joinNow(state, map, key, mine, theirs);
  mine?.release();
  theirs?.release();
  if (mine !== theirs) state.fail('tryLock', 'granted by one engine only', mine?.fence, theirs?.fence);
  return undefined;
}

/** Takes a lock of two engines, the second of which answers later. */
export async function tryBothLater(
  state: MirrorState,
  serial: Serial,
  moving: Moving,
  a: SyncCore,
  b: AsyncCore,
  args: TryLock,
): Promise<AsyncGrant | undefined> {
  const [map, key, request] = args;
  const isMoving = (): boolean => moving.has(`${map}/${key}`);
  const moved = isMoving();
  const theirs = await b.tryLock(state.id(map), key, request);
  const mine = a.tryLock(map, key, request);
  if (mine !== undefined && theirs !== undefined) return joinLater(state, serial, map, key, mine, theirs);
  const differs = mine !== theirs && !moved && !isMoving();
  await theirs?.release();
  mine?.release();
  if (differs) state.fail('tryLock', 'granted by one engine only', mine?.fence, theirs?.fence);
  return undefined;
}

/** Waits in both lines at the same time. */
export async function lockSideBySide(
  state: MirrorState,
  a: SyncEngine,
  b: SyncEngine,
  args: Lock,
): Promise<SyncGrant> {
  const [map, key, wait] = args;
  const [mine, theirs] = await Promise.allSettled([a.lock(map, key, wait), b.lock(state.id(map), key, wait)]);
  if (mine.status === 'fulfilled' && theirs.status === 'fulfilled') {
    return joinNow(state, map, key, mine.value, theirs.value);
  }
  // A wait may run out in one engine just before the lock comes free, and just after in the other.
  if (mine.status === 'fulfilled') await mine.value.release();
  if (theirs.status === 'fulfilled') await theirs.value.release();
  if (mine.status === 'fulfilled') throw theirs.status === 'rejected' ? theirs.reason : undefined;
  if (theirs.status === 'rejected') state.sameError('lock', mine.reason, theirs.reason);
  throw mine.reason;
}

/** Waits in the first engine's line, then in the second one's, so that two who wait cannot block each other. */
export async function lockFirstThenSecond(
  state: MirrorState,
  serial: Serial,
  moving: Moving,
  a: SyncEngine,
  b: AsyncEngine,
  args: Lock,
): Promise<AsyncGrant> {
  const [map, key, wait] = args;
  const name = `${map}/${key}`;
  const count = (by: number): void => {
    const left = (moving.get(name) ?? 0) + by;
    if (left === 0) moving.delete(name);
    else moving.set(name, left);
  };
  count(1);
  try {
    const mine = await a.lock(map, key, wait);
    try {
      return joinLater(state, serial, map, key, mine, await b.lock(state.id(map), key, wait));
    } catch (error) {
      await mine.release();
      throw error;
    }
  } finally {
    count(-1);
  }
}

type AnyGrant = SyncGrant | AsyncGrant;

function join(
  state: MirrorState,
  map: number,
  key: string,
  a: AnyGrant,
  b: AnyGrant,
): Omit<SyncGrant, 'release'> {
  state.sameFence(map, key, a.fence, b.fence);
  let told = false;
  return {
    fence: a.fence,
    lost: () => a.lost() ?? b.lost(),
    onLost(listener) {
      const once = (reason: Error): void => {
        if (told) return;
        told = true;
        listener(reason);
      };
      a.onLost(once);
      b.onLost(once);
    },
  };
}

function joinNow(state: MirrorState, map: number, key: string, a: AnyGrant, b: AnyGrant): SyncGrant {
  return {
    ...join(state, map, key, a, b),
    release() {
      void b.release();
      void a.release();
    },
  };
}

function joinLater(
  state: MirrorState,
  serial: Serial,
  map: number,
  key: string,
  a: AnyGrant,
  b: AnyGrant,
): AsyncGrant {
  return {
    ...join(state, map, key, a, b),
    release: () =>
      serial.run(async () => {
        await b.release();
        await a.release();
      }),
  };
}
