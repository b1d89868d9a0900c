import { randomBytes } from 'node:crypto';
import { LAYOUT } from './layout.ts';
import { revisionOf } from './answer.ts';
import { range, txn } from './protocol/methods.ts';
import type { KeyValue, ResponseHeader } from './protocol/responses.ts';
import { readStoreRecord, writeStoreRecord, type StoreRecord } from './record.ts';
import type { State } from './state.ts';
import { put, read, writtenIn } from './words.ts';

/** What identifies a history: the cluster, and what is stored under the prefix. */
export function lineageOf(clusterId: number, { lineage }: StoreRecord): string {
  return `${clusterId.toString(36)}x${lineage}`;
}

/** The record of a lineage that begins now. */
export function newStoreRecord(now: number): StoreRecord {
  return { layout: LAYOUT, lineage: randomBytes(12).toString('hex'), since: now };
}

/** Reads the record of the store, written where there is none. */
export async function findStore(
  state: Pick<State, 'cluster' | 'layout' | 'clock'>,
): Promise<{ readonly lineage: string; readonly revision: number }> {
  const { cluster, layout, clock } = state;
  const fresh = newStoreRecord(clock.now());
  const answer = await cluster.call(
    txn,
    {
      compare: [writtenIn(layout.store, 0)],
      success: [put(layout.store, writeStoreRecord(fresh), 0)],
      failure: [read(layout.store)],
    },
    'again',
  );
  const clusterId = answer.header?.clusterId ?? 0;
  if (answer.succeeded) return { lineage: lineageOf(clusterId, fresh), revision: revisionOf(answer) };
  const stored = answer.responses[0]?.responseRange?.kvs[0];
  if (stored === undefined) return await findStore(state);
  return { lineage: lineageOf(clusterId, readStoreRecord(stored.value)), revision: stored.modRevision };
}

/** Reads where the history stands, and notices when it is another one. */
export async function readPosition(state: State): Promise<number> {
  const answer = await state.cluster.call(range, { key: state.layout.store }, 'read');
  await learnStore(state, answer.kvs[0], answer.header);
  return answer.header?.revision ?? 0;
}

/** Takes in what is stored about the store. */
async function learnStore(
  state: State,
  stored: KeyValue | undefined,
  header: ResponseHeader | undefined,
): Promise<void> {
  if (stored === undefined) {
    // All of the store was removed under its feet.
    const found = await findStore(state);
    await turnTo(state, found.lineage, found.revision);
    return;
  }
  const lineage = lineageOf(header?.clusterId ?? 0, readStoreRecord(stored.value));
  if (stored.modRevision !== state.storeRevision || lineage !== state.lineage)
    await turnTo(state, lineage, stored.modRevision);
}

/** {@link begin} of a lineage that was begun elsewhere: where entries lie is read first. */
async function turnTo(state: State, lineage: string, revision: number): Promise<void> {
  if (lineage !== state.lineage) {
    const { key, end } = state.layout.records;
    const { kvs } = await state.cluster.call(range, { key, rangeEnd: end }, 'read');
    const found = new Map(kvs.map((kv) => [state.layout.nameOf(kv.key), kv]));
    for (const table of state.tables.all) state.tables.learn(table, found.get(table.name));
  }
  begin(state, lineage, revision);
}

/** Begins another lineage in this process: every feed gets `gap`. */
export function begin(state: State, lineage: string, revision: number): void {
  state.storeRevision = revision;
  if (lineage === state.lineage) return;
  state.lineage = lineage;
  state.feeds.reset();
}

/**
 * Looks at every answer: a cluster that has not come as far as it had when the call was sent was restored from a
 * copy, and what happened since that copy is gone. That is another history.
 */
export function watchHistory(state: State): void {
  let mending: Promise<void> | undefined;
  state.cluster.listener = {
    header({ revision, clusterId }, floor) {
      if (revision >= floor || revision === 0 || state.closed) return;
      state.cluster.revision = revision;
      mending ??= mend(state, clusterId).finally(() => (mending = undefined));
    },
  };
}

/** Writes another lineage, so that bookmarks of the lost history are known as such. */
async function mend(state: State, clusterId: number): Promise<void> {
  const { cluster, layout, clock } = state;
  const next = newStoreRecord(clock.now());
  try {
    const found = await cluster.call(range, { key: layout.store }, 'read');
    const revision = found.kvs[0]?.modRevision ?? 0;
    const answer = await cluster.call(
      txn,
      {
        compare: [writtenIn(layout.store, revision)],
        success: [put(layout.store, writeStoreRecord(next), 0)],
      },
      'again',
    );
    if (answer.succeeded) await turnTo(state, lineageOf(clusterId, next), revisionOf(answer));
    else await readPosition(state);
  } catch {
    // The feeds are reset all the same; the next answer tries again.
    state.feeds.reset();
  }
}
