// What maps with typed keys take and give. This file is compiled, never run.
import { integerKeys, memoryMap, mixedKeys, open, textKeys, tupleKeys } from '../../src/index.ts';
import type { KeyCodec, KeyPrefix, MixedKey } from '../../src/index.ts';
import { holds } from './expect.ts';
import type { Same } from './expect.ts';

const visits = tupleKeys(textKeys, integerKeys, textKeys);
type Visit = readonly [string, number, string];

holds<
  [
    Same<typeof visits, KeyCodec<Visit>>,
    Same<KeyPrefix<string>, string>,
    Same<KeyPrefix<number>, never>,
    Same<KeyPrefix<readonly [string]>, readonly [string] | readonly []>,
    Same<KeyPrefix<MixedKey>, string | readonly MixedKey[]>,
  ]
>();

/** The first elements of a tuple are a prefix wherever there are prefixes. */
export async function prefixes(): Promise<void> {
  const store = await open('memory:');
  const map = store.map<string, Visit>('visits', { keys: visits });
  map.list({ prefix: ['ada'], start: ['ada', 7, ''] });
  map.watch({ prefix: ['ada', 7] });
  await map.view({ prefix: ['ada'] });
  await map.count({ prefix: ['ada'] });
  await map.clear({ prefix: ['ada', 7, '/'] });
  const { key } = await map.set(['ada', 7, '/'], 'x');
  holds<[Same<typeof key, Visit>]>();
  // @ts-expect-error -- not a string
  map.list({ prefix: 'ada' });
  // @ts-expect-error -- the second element is a number
  map.watch({ prefix: ['ada', '7'] });
  // @ts-expect-error -- a key has all elements
  await map.get(['ada', 7]);

  const byNumber = store.map<string, number>('numbers', { keys: integerKeys });
  // @ts-expect-error -- numbers have no prefixes
  byNumber.list({ prefix: 1 });

  store.map<string, Visit>('near', {
    keys: visits,
    near: { maxStaleMs: 1, onStale: 'wait', prefix: ['ada'] },
  });
  // @ts-expect-error -- a near copy has the prefix of its keys
  store.map<string, Visit>('near', { keys: visits, near: { maxStaleMs: 1, onStale: 'wait', prefix: 'ada' } });

  const mixed = memoryMap<string, MixedKey>({ keys: mixedKeys });
  mixed.set('key1', 'a');
  mixed.set(123, 'b');
  mixed.list({ prefix: ['user'] });
  mixed.list({ prefix: 'key' });
  // @ts-expect-error -- objects have no order
  mixed.set({}, 'c');
}
