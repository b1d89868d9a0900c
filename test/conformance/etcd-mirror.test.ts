// etcd beside memory, under the laws of single words; the long test runs all of them.
import { mirrorLaws } from './etcd-mirror.ts';

const WORDS = /conditions:|ttl:|stamps:|ranges:|atomic:|add:/;

mirrorLaws((law) => WORDS.test(law) && !law.endsWith('(sync face)'));
