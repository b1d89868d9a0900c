import type { Clock } from '../../../base/clock.ts';
import type { Layout } from '../layout.ts';
import type { Cluster } from '../link/cluster.ts';
import type { WatchStream } from '../watch/stream.ts';

/** What locks work with. */
export interface LocksContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly layout: Layout;
  readonly stream: WatchStream;
}
