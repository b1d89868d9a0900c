import type { Row } from './entry.ts';
import { txn } from './protocol/methods.ts';
import type { State } from './state.ts';
import { remove, within, writtenIn } from './words.ts';

/** How many entries are removed in one transaction. */
const AT_ONCE = 60;

/**
 * Removes entries whose time is up, each if it still stands; without the mark of a deletion, so that watchers are told
 * of an expiry.
 *
 * @param entries - what the keys of the map's entries begin with
 */
export async function expire(state: State, entries: string, rows: readonly Row[]): Promise<void> {
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const success = rows.slice(from, from + AT_ONCE).map(({ key, version }) => {
      const bytes = Buffer.from(entries + key);
      return within([writtenIn(bytes, version)], [remove(bytes)]);
    });
    await state.cluster.call(txn, { success }, 'again');
  }
}
