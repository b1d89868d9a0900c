// etcd beside memory: each call goes to both, and what they answer must be the same. These are laws of single words; the
// long test runs all of them.
import { etcdLaws } from './etcd-law.ts';

const WORDS = /conditions:|stamps:|add:/;

etcdLaws({
  name: 'mirror(memory, etcd)',
  binary: 'newer',
  mirrored: true,
  wanted: (law) => WORDS.test(law) && !law.endsWith('(sync face)'),
});
