// The engine on etcd, under the law, on a newer server.
import { etcdLaw } from './etcd-law.ts';

etcdLaw('newer');
