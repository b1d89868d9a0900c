import { encodeNote } from './note.ts';
import { closedError, type State } from './state.ts';

/** `Services.close`. Idempotent: all callers wait for the same end. */
export function close(state: State): Promise<void> {
  return (state.closing ??= end(state));
}

async function end(state: State): Promise<void> {
  const poisoned = state.fault !== undefined;
  state.fault ??= closedError();
  const { version } = state;
  state.tables.length = 0;
  state.expiry.stop();
  state.upkeep.stop();
  state.locks.close();
  let failure: unknown;
  await state.alone;
  if (!poisoned) {
    try {
      await state.commits.drained();
      // What was reserved and never taken is given back.
      const { meta } = state.environment.trees;
      await state.environment.batch(() => meta.put('reserved', encodeNote('reserved', version)));
    } catch (error) {
      failure = error;
    }
  }
  state.feeds.close();
  for (const feed of state.prefaced) feed.close();
  for (const view of state.views) view.close();
  state.commits.end(state.fault);
  state.names.clear();
  // A commit that was given up may still write: until it has ended, the file is not let go.
  if (state.commits.busy) void state.commits.whenIdle().then(() => letGo(state));
  else await letGo(state);
  if (failure !== undefined) throw failure;
}

async function letGo(state: State): Promise<void> {
  try {
    await state.environment.close();
  } finally {
    await state.letGo();
  }
}
