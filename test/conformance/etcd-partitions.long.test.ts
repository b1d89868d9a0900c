// Two partitions on etcd, under the whole law.
import { partitionLaws } from './etcd-partitions.ts';

partitionLaws(() => true);
