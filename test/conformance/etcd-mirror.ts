// etcd beside memory: each call goes to both, and what they answer must be the same.
import { mirror } from '../../src/conformance/mirror.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { etcdLaws } from './etcd-law.ts';

/** Puts the mirror through the laws that are wanted. */
export function mirrorLaws(wanted: (law: string) => boolean): void {
  etcdLaws({
    name: 'mirror(memory, etcd)',
    binary: 'newer',
    wanted,
    wrap: (engine, { clock }) => mirror(memoryEngine({}, { clock }), engine),
  });
}
