import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { Layout } from './layout.ts';
import type { Leases } from './leases.ts';
import type { Cluster } from './link/cluster.ts';
import type { Locks } from './locks/locks.ts';
import type { EtcdSettings } from './options.ts';
import type { Tables } from './tables.ts';
import type { Tails } from './tails.ts';
import type { Feeds } from './watch/feeds.ts';

/** What the parts of an engine share. */
export interface State {
  readonly settings: EtcdSettings;
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly layout: Layout;
  readonly tables: Tables;
  readonly tails: Tails;
  readonly leases: Leases;
  readonly locks: Locks;
  readonly feeds: Feeds;
  /** The lineage as it is told, the cluster's identity included. */
  lineage: string;
  /** The revision that wrote the record of the store. */
  storeRevision: number;
  /** The version that the member answered with at opening. */
  readonly serverVersion: string;
  closed: boolean;
}

/** @throws StoreError `CLOSED` */
export function checkOpen(state: Pick<State, 'closed'>): void {
  if (state.closed) throw new StoreError('CLOSED', 'the store was closed');
}
