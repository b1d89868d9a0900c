// etcd beside memory, under the whole law.
import { mirrorLaws } from './etcd-mirror.ts';

mirrorLaws(() => true);
