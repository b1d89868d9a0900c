import { rangeOf, revisionOf } from './answer.ts';
import type { Compare, RequestOp } from './protocol/requests.ts';
import { txn } from './protocol/methods.ts';
import type { ResponseOp } from './protocol/responses.ts';
import { checkOpen, type State } from './state.ts';
import type { Table } from './tables.ts';
import { read, writtenIn } from './words.ts';
import type { Sending } from './link/cluster.ts';

/** What a transaction on one map is made of; made anew when the record of the map has changed. */
interface Parts {
  readonly compare?: readonly Compare[];
  readonly success: readonly RequestOp[];
}

/** An answer whose comparisons held, or did not for another reason than the record of the map. */
export interface Guarded {
  readonly ok: boolean;
  /** The revision in which it was true. */
  readonly at: number;
  readonly responses: readonly ResponseOp[];
}

/**
 * Carries out a transaction on one map as its record stands: when somebody dropped, loaded or reshaped the
 * map meanwhile, the record is taken in and the transaction made again.
 *
 * @throws StoreError `FORMAT` when the map is another one now
 */
export async function guarded(
  state: State,
  table: Table,
  sending: Sending | 'read',
  parts: (table: Table) => Parts,
): Promise<Guarded> {
  for (;;) {
    checkOpen(state);
    const { revision } = table;
    const { compare = [], success } = parts(table);
    const answer = await state.cluster.call(
      txn,
      {
        compare: [writtenIn(table.recordKey, revision), ...compare],
        success,
        failure: [read(table.recordKey)],
      },
      sending,
    );
    const at = revisionOf(answer);
    if (answer.succeeded) return { ok: true, at, responses: answer.responses };
    const record = rangeOf(answer.responses[0])[0];
    if ((record?.modRevision ?? 0) === revision) return { ok: false, at, responses: answer.responses };
    state.tables.relearn(table, record);
  }
}
