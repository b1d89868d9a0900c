// From a write to its event on another client, and many events in order.
import { keyOf, stand, VALUE } from './stand.mjs';
import { putOf } from './wire.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const nanoseconds = () => Number(process.hrtime.bigint());

/** @returns {Group} */
function latency(/** @type {number} */ nodes) {
  const operations = 200;
  return {
    name: `watch latency, ${nodes} nodes`,
    about: `A bare put, until its event is there; ${operations} one after the other, half of them take longer.`,
    sets: ['small'],
    rounds: 3,
    warmups: 1,
    async prepare(input) {
      const at = await stand(input, nodes);
      const map = at.store.map('m', { codec: at.codec });
      await map.set('seen', VALUE);
      const watched = (await at.another()).map('m', { codec: at.codec }).watch();
      await watched.ready;
      let arrived = () => undefined;
      void (async () => {
        for await (const { type } of watched) if (type === 'update') arrived();
      })();
      let bareArrived = () => undefined;
      const bare = at.bare.watch('w/', (events) => void (events > 0 && bareArrived()));
      await bare.created;
      const p50 = async (/** @type {(told: () => void) => Promise<unknown>} */ write) => {
        const times = [];
        for (let n = 0; n < operations; n++) {
          const begin = nanoseconds();
          let end = 0;
          await new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
            const told = () => {
              end = nanoseconds();
              resolve();
            };
            void write(told);
          });
          times.push(end - begin);
        }
        return times.toSorted((a, b) => a - b)[operations / 2] ?? 0;
      };
      // One put by the same bare client for both, so that what differs is the way of the event.
      const raw = Buffer.concat([Buffer.from([0]), VALUE]);
      const entry = 'bench/e/m/0/seen';
      return {
        cases: [
          {
            name: 'watch',
            operations: 1,
            manual: () =>
              p50((told) => {
                arrived = told;
                return at.bare.put(putOf(entry, raw));
              }),
          },
          {
            name: 'bare watch',
            operations: 1,
            manual: () =>
              p50((told) => {
                bareArrived = told;
                return at.bare.put(putOf('w/seen', raw));
              }),
          },
        ],
        async close() {
          await watched.close();
          bare.close();
          await at.close();
        },
      };
    },
    goals: [{ name: 'watch / bare', ours: 'watch', peer: 'bare watch', atMost: 1.2 }],
  };
}

/** @returns {Group} */
const events = {
  name: 'watch events',
  about: '100,000 events of the past in order, from a bookmark or revision, by one watch.',
  sets: ['small'],
  rounds: 2,
  warmups: 0,
  async prepare(input) {
    const at = await stand(input, 1);
    const count = 100_000;
    const writer = at.store.map('m', { codec: at.codec, batch: true });
    const before = writer.watch();
    await before.ready;
    const { bookmark } = before;
    await before.close();
    const keys = Array.from({ length: 1_000 }, (_, n) => keyOf(n));
    for (let round = 0; round < count / keys.length; round++) {
      await Promise.all(keys.map((key) => writer.set(key, VALUE)));
    }
    const revision = Number(bookmark.split(':')[1]) + 1;
    return {
      cases: [
        {
          name: 'watch',
          operations: count,
          async pass() {
            let seen = 0;
            const watch = writer.watch({ start: bookmark, queueLimit: count });
            for await (const { type } of watch) {
              if (type === 'reset') throw new Error('the history is gone');
              if ((type === 'insert' || type === 'update') && ++seen === count) break;
            }
            await watch.close();
          },
        },
        {
          name: 'bare watch',
          operations: count,
          pass: () =>
            new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
              let seen = 0;
              const watch = at.bare.watch(
                'bench/e/m/',
                (some) => {
                  seen += some;
                  if (seen < count) return;
                  watch.close();
                  resolve();
                },
                revision,
              );
            }),
        },
      ],
      close: () => at.close(),
    };
  },
  goals: [{ name: 'events / bare', ours: 'watch', peer: 'bare watch', atLeast: 0.7 }],
};

export const watches = [latency(1), latency(3), events];
