// An engine in memory whose data outlives it: for the laws about closing and opening again.
import type { CancelTimer, Clock } from '../../src/base/clock.ts';
import { StoreError } from '../../src/base/errors.ts';
import type { SyncGrant } from '../../src/contract/core.ts';
import type { Engine, SyncEngine } from '../../src/contract/engine.ts';
import type { Feed } from '../../src/contract/services.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

/** A clock whose timers can be put aside and taken up again. */
interface PausingClock extends Clock {
  pause(): void;
  resume(): void;
}

function pausing(clock: Clock): PausingClock {
  const timers = new Map<object, { readonly due: number; readonly run: () => void; cancel: CancelTimer }>();
  const arm = (id: object, due: number, run: () => void): void => {
    const fire = (): void => {
      timers.delete(id);
      run();
    };
    timers.set(id, { due, run, cancel: clock.after(Math.max(0, due - clock.now()), fire, true) });
  };
  return {
    now: () => clock.now(),
    after(delayMs, run) {
      const id = {};
      arm(id, clock.now() + delayMs, run);
      return () => {
        timers.get(id)?.cancel();
        timers.delete(id);
      };
    },
    pause: () => timers.forEach(({ cancel }) => cancel()),
    resume: () => timers.forEach(({ due, run }, id) => arm(id, due, run)),
  };
}

/** What lies under an engine of this file. */
interface Disk {
  readonly inner: SyncEngine;
  readonly clock: PausingClock;
}

const disks = new WeakMap<Engine, Disk>();

/** A fresh engine. */
export function persistentEngine(clock: Clock): SyncEngine {
  const own = pausing(clock);
  return mount({ inner: memoryEngine({}, { clock: own }), clock: own });
}

/** The data of a closed engine, opened again. */
export function reopenPersistent(closed: Engine): SyncEngine {
  const disk = disks.get(closed);
  if (disk === undefined) throw new TypeError('not an engine of this file');
  disk.clock.resume();
  return mount(disk);
}

function mount(disk: Disk): SyncEngine {
  const { inner } = disk;
  const grants = new Set<SyncGrant>();
  const feeds = new Set<Feed>();
  const over = new AbortController();
  const check = (): void => over.signal.throwIfAborted();
  const held = <Grant extends SyncGrant | undefined>(grant: Grant): Grant => {
    if (grant !== undefined) grants.add(grant);
    return grant;
  };
  const engine: SyncEngine = {
    ...inner,
    supports: {
      ...inner.supports,
      durability: 'os',
      watch: { ...inner.supports.watch, resumeAfterReopen: true },
    },
    get lineage() {
      return inner.lineage;
    },
    core: {
      ...inner.core,
      tryLock(map, key, request) {
        check();
        return held(inner.core.tryLock(map, key, request));
      },
    },
    durable: async () => check(),
    changes(scope, from) {
      check();
      const feed = inner.changes(scope, from);
      feeds.add(feed);
      return feed;
    },
    async lock(map, key, wait) {
      const signal = wait.signal === undefined ? over.signal : AbortSignal.any([wait.signal, over.signal]);
      // SAFETY: a sync engine grants sync grants.
      return held((await inner.lock(map, key, { ...wait, signal })) as SyncGrant);
    },
    async close() {
      if (over.signal.aborted) return;
      over.abort(new StoreError('CLOSED', 'the store was closed'));
      for (const feed of feeds) feed.close();
      for (const grant of grants) grant.release();
      disk.clock.pause();
    },
  };
  disks.set(engine, disk);
  return engine;
}
