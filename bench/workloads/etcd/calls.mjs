// Single calls with many under way, one by one and in batches.
import { keyOf, race, stand, VALUE } from './stand.mjs';
import { putOf, rangeOf, txnOfPut, txnOfRange } from './wire.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @returns {Group} */
function unbatched(/** @type {number} */ nodes) {
  const operations = 640;
  return {
    name: `unbatched, ${nodes} nodes`,
    about: `set and linearizable get with 64 under way, ${nodes} nodes; "bare" is @grpc/grpc-js with bytes at hand.`,
    sets: ['small'],
    rounds: 3,
    warmups: 1,
    async prepare(input) {
      const at = await stand(input, nodes);
      const map = at.store.map('m', { codec: at.codec });
      await race(64, 1_000, (n) => map.set(keyOf(n), VALUE));
      await race(64, 1_000, (n) => at.etcd3.put(`e/${keyOf(n)}`).value(VALUE));
      await race(64, 1_000, (n) => at.bare.put(putOf(`b/${keyOf(n)}`, VALUE)));
      const pass = (/** @type {(n: number) => Promise<unknown>} */ task) => ({
        operations,
        pass: () => race(64, operations, task),
      });
      return {
        cases: [
          { name: 'set', ...pass((n) => map.set(keyOf(n), VALUE)) },
          {
            name: 'bare, same call as set',
            ...pass((n) => at.bare.txn(txnOfPut(`b/${keyOf(n)}`, VALUE, 'b'))),
          },
          { name: 'bare put', ...pass((n) => at.bare.put(putOf(`b/${keyOf(n)}`, VALUE))) },
          { name: 'etcd3 put', ...pass((n) => at.etcd3.put(`e/${keyOf(n)}`).value(VALUE)) },
          { name: 'get', ...pass((n) => map.get(keyOf(n))) },
          { name: 'bare, same call as get', ...pass((n) => at.bare.txn(txnOfRange(`b/${keyOf(n)}`, 'b'))) },
          { name: 'bare range', ...pass((n) => at.bare.range(rangeOf(`b/${keyOf(n)}`))) },
          { name: 'etcd3 get', ...pass((n) => at.etcd3.get(`e/${keyOf(n)}`).buffer()) },
        ],
        close: () => at.close(),
      };
    },
    goals: [
      { name: 'set / bare, same call', ours: 'set', peer: 'bare, same call as set', atLeast: 0.9 },
      { name: 'set / bare put', ours: 'set', peer: 'bare put' },
      { name: 'set / etcd3', ours: 'set', peer: 'etcd3 put', atLeast: 1 },
      { name: 'get / bare, same call', ours: 'get', peer: 'bare, same call as get', atLeast: 0.9 },
      { name: 'get / bare range', ours: 'get', peer: 'bare range' },
      { name: 'get / etcd3', ours: 'get', peer: 'etcd3 get', atLeast: 1 },
    ],
  };
}

/** @returns {Group} */
function batched(/** @type {number} */ nodes) {
  const operations = 5_120;
  const few = 1_024;
  return {
    name: `batched, ${nodes} nodes`,
    about: `set and get of a map with \`batch\`, 256 under way, beside etcd3, ${nodes} nodes.`,
    sets: ['small'],
    rounds: 3,
    warmups: 1,
    async prepare(input) {
      const at = await stand(input, nodes);
      const map = at.store.map('m', { codec: at.codec, batch: true });
      await race(256, 1_000, (n) => map.set(keyOf(n), VALUE));
      await race(256, 1_000, (n) => at.etcd3.put(`e/${keyOf(n)}`).value(VALUE));
      const pass = (/** @type {number} */ times, /** @type {(n: number) => Promise<unknown>} */ task) => ({
        operations: times,
        pass: () => race(256, times, task),
      });
      return {
        cases: [
          { name: 'set', ...pass(operations, (n) => map.set(keyOf(n), VALUE)) },
          { name: 'etcd3 put', ...pass(few, (n) => at.etcd3.put(`e/${keyOf(n)}`).value(VALUE)) },
          { name: 'get', ...pass(operations, (n) => map.get(keyOf(n))) },
          { name: 'etcd3 get', ...pass(few, (n) => at.etcd3.get(`e/${keyOf(n)}`).buffer()) },
        ],
        close: () => at.close(),
      };
    },
    goals: [
      { name: 'batched set / etcd3', ours: 'set', peer: 'etcd3 put', atLeast: 6 },
      { name: 'batched get / etcd3', ours: 'get', peer: 'etcd3 get', atLeast: 5 },
    ],
  };
}

export const calls = [unbatched(1), unbatched(3), batched(1), batched(3)];
