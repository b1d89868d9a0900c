import { systemClock, type Clock } from '../../base/clock.ts';
import { layoutOf } from './layout.ts';
import { Leases } from './leases.ts';
import { findStore, readPosition, watchHistory } from './lineage.ts';
import { Cluster } from './link/cluster.ts';
import { Locks } from './locks/locks.ts';
import type { EtcdSettings } from './options.ts';
import { serverOf, warnOf } from './server.ts';
import { claimPlace, type Place } from './partitions/place.ts';
import type { State } from './state.ts';
import { Tables } from './tables.ts';
import { Tails } from './tails.ts';
import { Feeds } from './watch/feeds.ts';

/** What is given to an engine besides its options; for tests. */
export interface EtcdInternals {
  /** By which entries expire, and waits run out. */
  readonly clock?: Clock | undefined;
  /** How long after its end etcd ends a lease whose process is gone, in milliseconds. */
  readonly leaseGraceMs?: number | undefined;
}

/** A partition that is open. */
interface Opened {
  readonly state: State;
  /** What identifies all partitions of the store. */
  readonly set: string;
}

/** Connects, and finds or begins the store, in its place among the partitions. */
export async function openState(
  settings: EtcdSettings,
  { clock = systemClock(), leaseGraceMs }: EtcdInternals,
  place: Place,
): Promise<Opened> {
  const cluster = new Cluster(settings);
  try {
    const layout = layoutOf(settings.prefix);
    const server = await serverOf(cluster);
    warnOf(server);
    const set = await claimPlace(cluster, layout, place);
    const { lineage, revision } = await findStore({ cluster, layout, clock });
    const leases = new Leases(cluster, clock, leaseGraceMs);
    const feeds = new Feeds({
      cluster,
      layout,
      leases,
      settings,
      clock,
      exactProgress: server.isSound,
      storeChanged: () => void readPosition(state).catch(() => undefined),
    });
    const state: State = {
      settings,
      clock,
      cluster,
      layout,
      tables: new Tables(layout, (table) => feeds.moved(table)),
      tails: new Tails(),
      leases,
      feeds,
      locks: new Locks({ cluster, clock, layout, stream: feeds.stream }),
      lineage,
      storeRevision: revision,
      serverVersion: server.version,
      closed: false,
    };
    watchHistory(state);
    return { state, set };
  } catch (error) {
    cluster.close();
    throw error;
  }
}
