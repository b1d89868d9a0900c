import { StoreError } from '../../base/errors.ts';
import { NEWER } from '../../contract/condition.ts';
import type { AsyncCore, Operation, Reply } from '../../contract/core.ts';
import { clearRange, countRange } from './clear.ts';
import { commit, type Committed } from './commit.ts';
import { Lines } from './lines.ts';
import { page } from './page.ts';
import { put } from './protocol/methods.ts';
import { getMany, getOne } from './read.ts';
import { checkOpen, type State } from './state.ts';
import { Sums } from './sums.ts';

/** The words of the core, over one cluster. */
export function etcdCore(state: State): AsyncCore {
  const lines = new Lines();
  const sums = new Sums(state);
  return {
    get: async (map, key) => await getOne(state, state.tables.of(map), key),
    getMany: async (map, keys) => await getMany(state, state.tables.of(map), keys),
    async write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape) {
      const operation: Operation = { map, key, cell, condition, ifVersion, expiresAt, stamp, shape };
      const write = (): Promise<Committed> => commit(state, [], [operation]);
      const done = condition === NEWER ? await lines.run(`${map}/${key}`, write) : await write();
      return replyOf(operation, done);
    },
    add: (map, key, delta, expiresAt, shape) => sums.add(map, key, delta, expiresAt, shape),
    commit: async (guards, operations) => await commit(state, guards, operations),
    page: async (map, start, end, limit, reverse) =>
      await page(state, state.tables.of(map), start, end, limit, reverse),
    count: async (map, start, end) => await countRange(state, state.tables.of(map), start, end),
    clear: async (map, start, end) => await clearRange(state, state.tables.of(map), start, end, false),
    tryLock: async (map, key, request) => await state.locks.tryLock(state.tables.of(map), key, request),
    reserve: (n) => reserve(state, n),
  };
}

/** A delete of what is absent is no change, except under NEWER. */
function replyOf({ cell, condition }: Operation, { ok, at, entry }: Committed): Reply {
  const nothing = ok && cell === undefined && entry === undefined && condition !== NEWER;
  return { ok: ok && !nothing, at, entry };
}

/** A fresh number is the revision of a write; one that is lost is skipped. */
async function reserve(state: State, n: number): Promise<number> {
  checkOpen(state);
  if (n !== 1) throw new StoreError('UNSUPPORTED', `etcd gives one fresh number at a time, asked for ${n}`);
  const { header } = await state.cluster.call(
    put,
    { key: state.layout.counter, value: new Uint8Array(0) },
    'again',
  );
  return header?.revision ?? 0;
}
