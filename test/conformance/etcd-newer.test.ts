// The engine on etcd, under the law, on a newer server.
import { etcdLaws } from './etcd-law.ts';

etcdLaws({ name: 'etcd, newer server', binary: 'newer' });
