import { StoreError } from '../../base/errors.ts';
import type { Loaded, LoadRequest } from '../../contract/services.ts';
import { entriesOf } from '../../parts/blocks.ts';
import { expireRange } from './clear.ts';
import { frame } from './frame.ts';
import { garbage } from './garbage.ts';
import { revisionOf } from './answer.ts';
import { between } from './layout.ts';
import { begin, lineageOf, newStoreRecord, readPosition } from './lineage.ts';
import { Session } from './locks/session.ts';
import { put as putCall, range, txn } from './protocol/methods.ts';
import type { Compare, RequestOp } from './protocol/requests.ts';
import {
  readStoreRecord,
  writeRecord,
  writeStoreRecord,
  type MapRecord,
  type StoreRecord,
} from './record.ts';
import { checkOpen, type State } from './state.ts';
import type { Table } from './tables.ts';
import { empty, exists, put, read, removeRange, within, writtenIn } from './words.ts';

/** A map that is being loaded, beside the one that is read. */
interface Staged {
  readonly table: Table;
  readonly record: { -readonly [Name in keyof MapRecord]: MapRecord[Name] };
  readonly entries: string;
  readonly stamps: string;
}

/** How many entries, and bytes, are written in one transaction. */
const AT_ONCE = 100;
const BYTES = 512 * 1024;

/** How many transactions are on their way at the same time. */
const ABREAST = 4;

/** The most maps that one load puts in place. */
const MOST_MAPS = 40;

/** How long others wait before they collect what a load left behind that came to no end. */
const LEASE_MS = 60_000;

/**
 * Loads maps beside those that are read, and puts all of them in place in one transaction, together with
 * another lineage. A load that fails, or whose process ends, has changed nothing; what it wrote is collected by
 * `compact`, or by the next load.
 */
export async function load(state: State, request: LoadRequest): Promise<number> {
  checkOpen(state);
  if (request.maps.length > MOST_MAPS)
    throw new StoreError('LIMIT', `a load puts ${MOST_MAPS} maps in place, asked for ${request.maps.length}`);
  await garbage(state);
  const session = new Session(state.cluster, LEASE_MS);
  await session.begin();
  const user = { lost: () => undefined };
  session.add(user);
  const staged = new Map<number, Staged>();
  try {
    const { header } = await state.cluster.call(putCall, { key: state.layout.counter }, 'again');
    const generation = (header?.revision ?? 0).toString(36);
    for (const { id, name, ...format } of request.maps) {
      const table = state.tables.named(name, format);
      const key = state.layout.loading(name, generation);
      await state.cluster.call(putCall, { key, lease: session.id }, 'again');
      const { codec, shape } = format;
      staged.set(id, {
        table,
        record: { codec, shape, generation, stored: true, expires: false, stamps: false },
        entries: state.layout.entries(name, generation),
        stamps: state.layout.stamps(name, generation),
      });
    }
    const count = await stage(state, request, staged);
    const next = newStoreRecord(state.clock.now());
    await putInPlace(state, request, [...staged.values()], session, next).catch((error: unknown) =>
      settle(state, session, next, error),
    );
    return count;
  } catch (error) {
    // With the lease the keys are gone that a late request would need: what was written is nobody's.
    const isOver = await session.end().then(
      () => true,
      () => false,
    );
    if (isOver) for (const { entries, stamps } of staged.values()) await discard(state, [entries, stamps]);
    throw error;
  } finally {
    session.remove(user);
    await session.end().catch(() => undefined);
  }
}

/** Finds out, after a failure, whether the maps were put in place all the same. */
async function settle(state: State, session: Session, next: StoreRecord, error: unknown): Promise<void> {
  if (!(error instanceof StoreError) || error.code !== 'UNKNOWN_OUTCOME') throw error;
  await session.end();
  const { kvs } = await state.cluster.call(range, { key: state.layout.store }, 'read');
  const stored = kvs[0] === undefined ? undefined : readStoreRecord(kvs[0].value);
  if (stored?.lineage !== next.lineage)
    throw new StoreError('UNAVAILABLE', 'the load was not carried out', { cause: error });
  await readPosition(state);
}

async function discard(state: State, bases: readonly string[]): Promise<void> {
  const success = bases.map((base) => removeRange(between(base, '', undefined)));
  await state.cluster.call(txn, { success }, 'again').catch(() => undefined);
}

/** Writes all entries that have not expired. */
async function stage(
  state: State,
  request: LoadRequest,
  staged: ReadonlyMap<number, Staged>,
): Promise<number> {
  let count = 0;
  let bytes = 0;
  let batch: RequestOp[] = [];
  const underWay = new Set<Promise<unknown>>();
  let failure: { readonly error: unknown } | undefined;
  const send = async (): Promise<void> => {
    const success = batch;
    [batch, bytes] = [[], 0];
    if (success.length === 0) return;
    const call = state.cluster.call(txn, { success }, 'again');
    underWay.add(call);
    call.then(
      () => underWay.delete(call),
      (error: unknown) => {
        failure ??= { error };
        underWay.delete(call);
      },
    );
    if (underWay.size >= ABREAST) await Promise.race(underWay).catch(() => undefined);
    if (failure !== undefined) throw failure.error;
  };
  for await (const block of request.blocks) {
    for (const entry of entriesOf(block)) {
      const target = staged.get(entry.map);
      if (target === undefined || (entry.expiresAt !== 0 && entry.expiresAt <= state.clock.now())) continue;
      const operations = await writesOf(state, target, entry);
      const size = operations.reduce(
        (sum, { requestPut }) => sum + (requestPut?.value?.length ?? 0) + 1_100,
        0,
      );
      if (batch.length + operations.length > AT_ONCE || bytes + size > BYTES) await send();
      batch.push(...operations);
      bytes += size;
      count++;
    }
  }
  await send();
  await Promise.all(underWay);
  if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
  return count;
}

async function writesOf(state: State, target: Staged, entry: Loaded): Promise<RequestOp[]> {
  const { key, value, expiresAt, shape, stamp } = entry;
  if (stamp !== undefined) target.record.stamps = true;
  const lease = expiresAt === 0 ? 0 : await state.leases.leaseFor(expiresAt);
  const writes = [
    put(Buffer.from(target.entries + key), frame(value, expiresAt, shape, stamp, undefined), lease),
  ];
  if (expiresAt === 0) return writes;
  target.record.expires = true;
  if (stamp === undefined) return writes;
  const until = expiresAt + state.settings.tombstoneMs;
  const left = frame(new Uint8Array(0), until, 0, stamp, undefined);
  return [...writes, put(Buffer.from(target.stamps + key), left, await state.leases.leaseFor(until))];
}

/** Puts the maps in place of those that are read; once more when somebody wrote a record meanwhile. */
async function putInPlace(
  state: State,
  { replace }: LoadRequest,
  staged: readonly Staged[],
  session: Session,
  next: StoreRecord,
): Promise<void> {
  for (;;) {
    checkOpen(state);
    const store = await state.cluster.call(range, { key: state.layout.store }, 'read');
    const found = store.kvs[0];
    // An earlier try was carried out, whose answer was lost.
    if (found !== undefined && readStoreRecord(found.value).lineage === next.lineage) {
      await readPosition(state);
      return;
    }
    const storeRevision = found?.modRevision ?? 0;
    const compare: Compare[] = [writtenIn(state.layout.store, storeRevision)];
    const success: RequestOp[] = [put(state.layout.store, writeStoreRecord(next), 0)];
    const puts: RequestOp[] = [];
    for (const { table, record } of staged) {
      const { kvs } = await state.cluster.call(range, { key: table.recordKey }, 'read');
      state.tables.learn(table, kvs[0]);
      if (!replace && table.record.expires) await expireRange(state, table, '', undefined);
      compare.push(writtenIn(table.recordKey, table.revision));
      compare.push(exists(state.layout.loading(table.name, record.generation)));
      if (!replace) compare.push(empty(between(table.entries, '', undefined)));
      puts.push(put(table.recordKey, writeRecord(record), 0));
    }
    success.push(within([], puts));
    const failure = [read(state.layout.store), ...staged.map(({ table }) => read(table.recordKey))];
    const answer = await state.cluster.call(txn, { compare, success, failure }, 'again');
    if (answer.succeeded) {
      const at = revisionOf(answer);
      for (const { table, record } of staged) state.tables.set(table, record, at);
      begin(state, lineageOf(answer.header?.clusterId ?? 0, next), at);
      return;
    }
    const seen = answer.responses.map(({ responseRange }) => responseRange?.kvs[0]?.modRevision ?? 0);
    const same = seen[0] === storeRevision && staged.every(({ table }, n) => seen[n + 1] === table.revision);
    if (session.over !== undefined)
      throw new StoreError('UNAVAILABLE', 'the lease of the load was lost: load again');
    if (same) throw new StoreError('CONFLICT', 'a map is not empty: say replace, or load into another');
  }
}
