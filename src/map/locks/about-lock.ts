import type { MapContext } from '../context.ts';
import type { OperationMessage } from '../tracing/channel.ts';

/** What can be told of a word of a lock. */
export function aboutLock({ name, engine }: MapContext, word: string, key: unknown): OperationMessage {
  return { operation: `lock.${word}`, map: name, engine: engine.supports.engine, key };
}
