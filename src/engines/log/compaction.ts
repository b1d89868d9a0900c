import type { Progressed } from '../../contract/services.ts';
import { checkOpen, type State } from './state.ts';

/** Runs compactions, one at a time. */
export interface Compactor {
  /** Ends what is under way. */
  stop(): Promise<void>;
}

export function compactorOf(_state: State): Compactor {
  return { stop: async () => undefined };
}

/** `Services.compact`. */
export async function compact(
  state: State,
  _compactor: Compactor,
  onProgress: (progress: Progressed) => void,
): Promise<void> {
  checkOpen(state);
  state.wheel.sweep();
  state.tombstones.prune(state.clock.now());
  onProgress({ done: 0, total: 0, unit: 'bytes' });
}
