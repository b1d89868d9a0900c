// What `open` and `store.map` infer. This file is compiled, never run.
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { json, memoryMap, open, structured } from '../../src/index.ts';
import type {
  AsyncEngine,
  Codec,
  Engine,
  KeyCodec,
  ReadonlyVersionedMap,
  Store,
  SyncEngine,
  SyncMap,
  VersionedMap,
} from '../../src/index.ts';
import { holds } from './expect.ts';
import type { Same } from './expect.ts';

interface User {
  readonly name: string;
}

declare const address: string;
declare const host: string;
declare const syncEngine: SyncEngine;
declare const asyncEngine: AsyncEngine;
declare const anyEngine: Engine;
declare const tupleKeys: KeyCodec<readonly [string, number]>;
declare const dates: Codec<Date, Date | string>;

/** The sync face follows the address or the engine. */
export async function faces(): Promise<void> {
  const memory = await open('memory:');
  const log = await open('log:./data');
  const path = await open('./data');
  const etcd = await open('etcd://127.0.0.1:2379/app');
  const etcdTemplate = await open(`etcd://${host}/app`);
  const unknown = await open(address);
  const bySync = await open(syncEngine);
  const byAsync = await open(asyncEngine);
  const byAny = await open(anyEngine);
  holds<
    [
      Same<typeof memory, Store<true>>,
      Same<typeof log, Store<true>>,
      Same<typeof path, Store<true>>,
      Same<typeof etcd, Store<false>>,
      Same<typeof etcdTemplate, Store<false>>,
      Same<typeof unknown, Store<boolean>>,
      Same<typeof bySync, Store<true>>,
      Same<typeof byAsync, Store<false>>,
      Same<typeof byAny, Store<boolean>>,
    ]
  >();

  memory.map<User>('users').sync.get('a');
  // @ts-expect-error -- there is no sync face on etcd
  etcd.map<User>('users').sync.get('a');
  // @ts-expect-error -- there may be none on an address that is not known here
  unknown.map<User>('users').sync.get('a');
  unknown.map<User>('users').sync?.get('a');
  // @ts-expect-error -- no sync commits on etcd
  etcd.sync.atomic();
  memory.sync.atomic();
  // @ts-expect-error -- an option that no engine has
  await open('memory:', { historyLimt: 1 });
  // @ts-expect-error -- neither an address nor an engine
  await open(5);

  const either: Store = memory;
  either.map<User>('users').sync?.get('a');
}

/** Values, keys and inputs follow the options. */
export async function maps(): Promise<void> {
  const store = await open('memory:');
  const users = store.map<User>('users');
  const byCodec = store.map('c', { codec: json<User>() });
  const byStructured = store.map('s', { codec: structured<Map<string, Date>>() });
  const byKeys = store.map<User, readonly [string, number]>('k', { keys: tupleKeys });
  const byInput = store.map('d', { codec: dates });
  holds<
    [
      Same<Awaited<ReturnType<typeof users.get>>, User | undefined>,
      Same<Awaited<ReturnType<typeof byCodec.get>>, User | undefined>,
      Same<Awaited<ReturnType<typeof byStructured.get>>, Map<string, Date> | undefined>,
      Same<Awaited<ReturnType<typeof byInput.get>>, Date | undefined>,
      Same<typeof users.sync, SyncMap<User>>,
    ]
  >();

  await byKeys.get(['a', 1]);
  for await (const key of byKeys.keys({ prefix: ['a'] })) key[1].toFixed();
  for await (const [key, value] of byKeys) key[0].at(value.name.length);
  // @ts-expect-error -- the key is a pair
  await byKeys.get('a');
  // @ts-expect-error -- a prefix of a pair begins like one
  byKeys.list({ prefix: [1] });
  // @ts-expect-error -- keys are strings unless said
  await users.get(1);
  // @ts-expect-error -- not a value of this map
  await users.set('a', { nme: 'Ada' });
  await byInput.set('a', '2026-01-01');
  // @ts-expect-error -- neither a date nor its text
  await byInput.set('a', 5);
  // @ts-expect-error -- an option that maps do not have
  store.map<User>('users', { ttl: 5 });

  const reader: ReadonlyVersionedMap<User> = users;
  // @ts-expect-error -- readers do not write
  await reader.set('a', { name: 'Ada' });
  const whole: VersionedMap<User> = users;
  await whole.set('a', { name: 'Ada' });
}

/** Schemas give both types: what is stored, and what is handed in. */
export async function schemas(): Promise<void> {
  const store = await open('memory:');
  const zodMap = store.map('z', { schema: z.object({ at: z.string().transform((text) => new Date(text)) }) });
  const valibotMap = store.map('v', { schema: v.object({ n: v.optional(v.number(), 0) }) });
  const arktypeMap = store.map('a', { schema: type({ name: 'string', 'age?': 'number' }) });
  holds<
    [
      Same<Awaited<ReturnType<typeof zodMap.get>>, { at: Date } | undefined>,
      Same<Awaited<ReturnType<typeof valibotMap.get>>, { n: number } | undefined>,
      Same<Awaited<ReturnType<typeof arktypeMap.get>>, { name: string; age?: number } | undefined>,
    ]
  >();

  await zodMap.set('a', { at: '2026-01-01' });
  // @ts-expect-error -- the input is a text
  await zodMap.set('a', { at: new Date() });
  await valibotMap.set('a', {});
  // @ts-expect-error -- not a number
  await valibotMap.set('a', { n: 'x' });
  // @ts-expect-error -- a name is missing
  await arktypeMap.set('a', { age: 5 });
  const keyed = store.map('zk', { schema: z.number(), keys: tupleKeys });
  await keyed.set(['a', 1], 5);
  // @ts-expect-error -- the key is a pair
  await keyed.set('a', 5);

  const checked = memoryMap({ schema: z.string().transform(Number) });
  checked.set('a', '5').value.toFixed();
  // @ts-expect-error -- the input is a text
  checked.set('a', 5);
  const plain = memoryMap<number>();
  holds<[Same<typeof plain, SyncMap<number, string, number>>]>();
}
