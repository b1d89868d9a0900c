// The engine on etcd, under the law, on the oldest server that it is made for.
import { etcdLaws } from './etcd-law.ts';

etcdLaws({ name: 'etcd', binary: 'base' });
