import { StoreError } from '../../base/errors.ts';
import { unframe } from './frame.ts';
import { range } from './protocol/methods.ts';
import type { State } from './state.ts';
import type { Target } from './targets.ts';

/** How many earlier writes of a key are looked at. */
const STEPS = 64;

/**
 * Finds out whether a transaction was carried out whose answer was lost, by the nonce it wrote: what stands now, and
 * what stood before it, down to the version that the transaction compared.
 *
 * @param bases - for each target the version that it compared
 * @returns the revision in which it was carried out; `undefined` when it was not and never will be
 * @throws StoreError `UNKNOWN_OUTCOME` when the history does not tell
 */
export async function findWrite(
  state: State,
  targets: readonly Target[],
  bases: readonly (number | undefined)[],
  nonce: Buffer,
): Promise<number | undefined> {
  const n = targets.findIndex(({ operation }, i) => operation?.cell !== undefined && bases[i] !== undefined);
  const target = targets[n];
  const base = bases[n];
  if (target === undefined || base === undefined) throw unknown();
  const mine = nonce.toString('latin1');
  const row = target.standing?.row;
  // It stands as it was, so nothing wrote it.
  if (row?.version === base) return undefined;
  if (row?.nonce === mine) return row.version;
  if (row === undefined) throw unknown();
  const key = Buffer.from(target.table.entries + target.key);
  let version = row.version;
  for (let step = 0; step < STEPS; step++) {
    const { kvs } = await state.cluster
      .call(range, { key, revision: version - 1 }, 'read')
      .catch((error: unknown) => {
        throw unknown(error);
      });
    const before = kvs[0];
    if (before === undefined) break;
    if (before.modRevision <= base) return undefined;
    if (unframe(before.value).nonce === mine) return before.modRevision;
    version = before.modRevision;
  }
  throw unknown();
}

function unknown(cause?: unknown): StoreError {
  return new StoreError(
    'UNKNOWN_OUTCOME',
    'the answer to a write was lost, and the history does not tell what came of it',
    {
      cause,
    },
  );
}
