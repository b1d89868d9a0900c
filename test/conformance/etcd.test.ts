// The engine on etcd, under the law, on the oldest server that it is made for.
import { etcdLaw } from './etcd-law.ts';

etcdLaw('base');
