import { range, txn } from './protocol/methods.ts';
import { readRecord, readStoreRecord, FIRST_GENERATION } from './record.ts';
import type { State } from './state.ts';
import { between } from './layout.ts';
import { removeRange, writtenIn } from './words.ts';

/** How long generations stay that a load has replaced: watchers of other processes hear of the load first. */
const REST_MS = 60_000;

/**
 * Removes generations of maps that a load has replaced, and those of loads that came to no end.
 *
 * @returns how many there were
 */
export async function garbage(state: State): Promise<number> {
  const { cluster, layout } = state;
  const { kvs } = await cluster.call(range, { key: layout.store }, 'read');
  const since = kvs[0] === undefined ? 0 : readStoreRecord(kvs[0].value).since;
  if (state.clock.now() - since < REST_MS) return 0;
  let removed = 0;
  for (let key = layout.allEntries.key; ;) {
    const found = await cluster.call(
      range,
      { key, rangeEnd: layout.allEntries.end, limit: 1, keysOnly: true },
      'read',
    );
    const first = found.kvs[0];
    if (first === undefined) return removed;
    const [name = '', generation = ''] = first.key
      .toString('utf8', layout.allEntries.key.length)
      .split('/', 2);
    if (await discard(state, name, generation)) removed++;
    key = Buffer.concat([Buffer.from(layout.entries(name, generation)), Buffer.from([0xff, 0xff])]);
  }
}

/** Removes a generation that is not read, and not being loaded. */
async function discard(state: State, name: string, generation: string): Promise<boolean> {
  const { cluster, layout } = state;
  const recordKey = layout.record(name);
  const { kvs } = await cluster.call(range, { key: recordKey }, 'read');
  const record = kvs[0];
  const current = record === undefined ? FIRST_GENERATION : readRecord(name, record.value).generation;
  if (current === generation) return false;
  const whole = [layout.entries(name, generation), layout.stamps(name, generation)];
  const answer = await cluster.call(
    txn,
    {
      compare: [
        writtenIn(recordKey, record?.modRevision ?? 0),
        writtenIn(layout.loading(name, generation), 0),
      ],
      success: whole.map((base) => removeRange(between(base, '', undefined))),
    },
    'again',
  );
  return answer.succeeded;
}
