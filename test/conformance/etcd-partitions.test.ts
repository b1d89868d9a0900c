// Two partitions on etcd, under the laws in which several keys meet; the long test runs all of them, and
// law-partitioned.test.ts does over engines in memory.
import { etcdLaws } from './etcd-law.ts';

const MEETING =
  /atomic|ranges:|iteration:|count|clear|getMany|setMany|Ordered|Unique|Reliable|Atomic|Resumable|Bookmarkable|snapshot|restore|maps/;

etcdLaws({
  name: 'etcd, two partitions',
  binary: 'newer',
  partitions: 2,
  wanted: (law) => MEETING.test(law) && !law.endsWith('(sync face)'),
});
