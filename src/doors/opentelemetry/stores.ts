import type { BatchObservableResult, Meter } from '@opentelemetry/api';
import type { Store } from '../../contract/store.ts';

/** Shows a store's locks and watchers whenever metrics are collected. Returns what ends it. */
export function observeStore(meter: Meter, store: Store, name: string): () => void {
  const gauge = (word: string, description: string, unit: string) =>
    meter.createObservableGauge(`samemap.${word}`, { description, unit });
  const held = gauge('locks.held', 'Locks that somebody holds.', '{lock}');
  const waiting = gauge('locks.waiting', 'Callers that wait for a lock.', '{caller}');
  const oldest = gauge('locks.oldest', 'How long the oldest lock is held.', 's');
  const watchers = gauge('watchers', 'Running watches.', '{watch}');
  const lag = gauge('watchers.lag', 'Commits that wait for the slowest watch.', '{commit}');
  const all = [held, waiting, oldest, watchers, lag];
  const look = async (result: BatchObservableResult): Promise<void> => {
    const found = await store.inspect().catch(() => undefined);
    if (found === undefined) return; // closed: there is nothing to show
    const attributes = { 'samemap.store.name': name, 'samemap.engine': store.supports.engine };
    const most = (numbers: number[]): number => numbers.reduce((a, b) => Math.max(a, b), 0);
    result.observe(held, found.locks.length, attributes);
    result.observe(
      waiting,
      found.locks.reduce((sum, { waiters }) => sum + waiters, 0),
      attributes,
    );
    result.observe(oldest, most(found.locks.map(({ ageMs }) => ageMs)) / 1_000, attributes);
    result.observe(watchers, found.watchers.length, attributes);
    result.observe(lag, most(found.watchers.map((watcher) => watcher.lag)), attributes);
  };
  meter.addBatchObservableCallback(look, all);
  return () => meter.removeBatchObservableCallback(look, all);
}
