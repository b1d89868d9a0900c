// Reading a watch in a test.
import type { Watch } from '../../src/contract/watch.ts';
import type { AnyChange } from '../../src/map/watch-change.ts';

/** Reads until `live`, or as many changes as asked for. */
export async function read(watch: Watch<unknown, unknown>, until: number | 'live'): Promise<AnyChange[]> {
  const seen: AnyChange[] = [];
  while (until === 'live' ? seen.at(-1)?.type !== 'live' : seen.length < until) {
    const { done, value } = await watch.next();
    if (done === true) throw new Error(`the watch ended after ${JSON.stringify(seen)}`);
    seen.push(value);
  }
  return seen;
}

/** A change in a word: its type, key and value, and whether it is a replay. */
export function brief(change: AnyChange): string {
  const parts: unknown[] = [change.type];
  if ('key' in change) parts.push(change.key);
  if ('value' in change) parts.push(change.value);
  if ('replay' in change) parts.push('replay');
  return parts.join(' ');
}

export const briefs = (changes: readonly AnyChange[]): string[] => changes.map(brief);

/** What a reader holds who applies changes one after another. */
export function apply(state: Map<unknown, unknown>, changes: readonly AnyChange[]): Map<unknown, unknown> {
  for (const change of changes) {
    if (change.type === 'insert' || change.type === 'update') state.set(change.key, change.value);
    else if (change.type === 'delete' || change.type === 'expire') state.delete(change.key);
    else if (change.type === 'reset') state.clear();
  }
  return state;
}

/** Lets everything that is under way go on. */
export function turns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
