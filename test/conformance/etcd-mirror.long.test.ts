// etcd beside memory, under the whole law.
import { etcdLaws } from './etcd-law.ts';

etcdLaws({ name: 'mirror(memory, etcd)', binary: 'newer', mirrored: true });
