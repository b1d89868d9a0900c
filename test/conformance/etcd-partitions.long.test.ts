// Two partitions on etcd, under the whole law.
import { etcdLaws } from './etcd-law.ts';

etcdLaws({ name: 'etcd, two partitions', binary: 'newer', partitions: 2 });
