import { StoreError, type MapInfo, type Store, type VersionedMap } from '../index.ts';
import { clusterOptions } from './cluster-options.ts';
import type { Call } from './command.ts';
import { EXIT, notFound, Refusal, usage } from './exit.ts';
import { textKeys } from '../codec/keys.ts';
import { CODECS, notationOf, type Notation } from './notation.ts';

const ADVICE = 'say --url or set SAMEMAP_URL, for example --url ./data';

/** A map with the notation of its values. */
export interface NotedMap {
  readonly info: Pick<MapInfo, 'name' | 'codec' | 'shape'>;
  readonly map: VersionedMap<unknown>;
  readonly notation: Notation;
}

/** The address of a store, checked. @throws Refusal when it is none that outlives the command */
export function durableUrl(url: string | undefined): string {
  if (url === undefined || url === '') throw usage(`no store given: ${ADVICE}`);
  if (/^(memory|shared):/.test(url)) {
    throw usage(`${url} is empty when the command begins and gone when it ends: ${ADVICE}`);
  }
  return url;
}

/** Opens the store of the command, works with it and closes it, whatever happens. */
export function withStore(call: Call, work: (store: Store) => Promise<void>): Promise<void> {
  return withStoreAt(call, call.globals.url ?? call.world.env['SAMEMAP_URL'], work);
}

/** {@link withStore} at another address. */
export async function withStoreAt(
  call: Call,
  url: string | undefined,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await openOrLeave(call, durableUrl(url));
  let done = false;
  try {
    await work(store);
    done = true;
  } finally {
    // A fault of closing must not hide why the work failed.
    const closed = store.close();
    await (done ? closed : closed.catch(() => {}));
  }
}

/** Opens a store; on abort, and after `--timeout`, leaves at once, and the store is closed when it comes. */
async function openOrLeave({ world, globals, signal }: Call, url: string): Promise<Store> {
  signal.throwIfAborted();
  const { waitMs = 0, timeout } = globals;
  const options = await clusterOptions(url, world.env, timeout);
  const opening = world.open(url, globals.waitMs === undefined ? options : { ...options, waitMs });
  let leave: (() => void) | undefined;
  let late: NodeJS.Timeout | undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave);
    if (timeout === undefined) return;
    const after = waitMs + timeout;
    late = setTimeout(
      () => reject(new Refusal(EXIT.timeout, `${url} could not be opened in ${after} ms`)),
      after,
    );
  });
  try {
    return await Promise.race([opening, left]);
  } catch (error) {
    opening.then((store) => store.close()).catch(() => {});
    const waited = waitMs > 0 && error instanceof StoreError && error.code === 'IN_USE';
    throw waited ? new Refusal(EXIT.timeout, error.message) : error;
  } finally {
    clearTimeout(late);
    if (leave !== undefined) signal.removeEventListener('abort', leave);
  }
}

/** What the store knows of a map. @throws Refusal naming the maps that are there */
export async function mapInfo(store: Store, name: string, { limits }: Call): Promise<MapInfo> {
  const infos = await store.maps(limits);
  const info = infos.find((each) => each.name === name);
  if (info !== undefined) return info;
  const names = infos.map((each) => each.name).join(', ');
  throw notFound(`no map called ${name}; ${names === '' ? 'the store is empty' : `the store has ${names}`}`);
}

/** A map that is there. @throws Refusal when it is not, or its codec is a stranger */
export async function existingMap(
  store: Store,
  name: string,
  call: Call,
  olderShapes: 'show' | 'refuse' = 'show',
): Promise<NotedMap> {
  return noted(store, await mapInfo(store, name, call), olderShapes);
}

/** A map that is there, or one that the first write makes. */
export async function anyMap(
  store: Store,
  name: string,
  wanted: { readonly codec?: string | undefined; readonly shape?: number | undefined },
  call: Call,
): Promise<NotedMap> {
  const info = (await store.maps(call.limits)).find((each) => each.name === name);
  if (info === undefined) {
    return noted(store, { name, codec: wanted.codec ?? 'structured', shape: wanted.shape ?? 0 }, 'show');
  }
  if (wanted.codec !== undefined && wanted.codec !== info.codec) {
    throw usage(`the map ${name} is stored as ${info.codec}, not ${wanted.codec}: leave --codec out`);
  }
  return noted(store, info, 'show');
}

/** A handle on a map whose values stay untouched, whatever its codec. */
export function untouchedMap(
  store: Store,
  info: Pick<MapInfo, 'name' | 'codec' | 'shape'>,
): VersionedMap<unknown> {
  const refuse = (): never => {
    throw new Error(`the command line does not read values of the codec ${info.codec}`);
  };
  const codec = { name: info.codec, numbers: false, encode: refuse, decode: refuse };
  return store.map<unknown>(info.name, { codec, shape: info.shape, upgrade: upgrades(info.shape, refuse) });
}

function noted(store: Store, info: NotedMap['info'], olderShapes: 'show' | 'refuse'): NotedMap {
  // Keys of another type than text are shown, and given, as they are stored.
  const [, values = info.codec, keys] = /^(.*), keys (.*)$/s.exec(info.codec) ?? [];
  const notation = notationOf(values);
  if (notation === undefined) {
    throw new Refusal(
      EXIT.error,
      `the map ${info.name} is stored by the codec ${info.codec}, which is not among ${CODECS.join(', ')}; ` +
        'snapshot, restore, copy and stats do without it',
    );
  }
  const upgrade = upgrades(info.shape, (value) => {
    if (olderShapes === 'show') return value;
    throw new Refusal(
      EXIT.error,
      'it is of an older shape, which lines of JSON do not keep; a snapshot does',
    );
  });
  const map = store.map<unknown>(info.name, {
    codec: notation.codec,
    keys: keys === undefined ? textKeys : { ...textKeys, name: keys },
    shape: info.shape,
    upgrade,
  });
  return { info, map, notation };
}

function upgrades(shape: number, step: (value: unknown) => unknown): Readonly<Record<number, typeof step>> {
  return Object.fromEntries(Array.from({ length: shape }, (_, older) => [older, step]));
}
