import { basename } from 'node:path';
import type { Progressed } from '../../contract/services.ts';
import { openEnvironment, type Environment, TREES } from './environment.ts';
import { translated } from './errors.ts';
import { closeToOthers, makeCurrent, nextFile, removeFile, syncPath } from './files.ts';
import { encodeNote } from './note.ts';
import { checkOpen, type State } from './state.ts';

/**
 * `Services.compact`: does all upkeep, then writes a copy of the file without its free pages and puts
 * it in the place of the file. Reads and writes go on; what is written meanwhile is durable after the swap.
 */
export async function compact(state: State, onProgress: (progress: Progressed) => void): Promise<void> {
  checkOpen(state);
  state.expiry.sweep();
  await state.upkeep.all();
  checkOpen(state);
  await state.commits.hold(() => swap(state, onProgress));
}

/** Runs what relies on where the file is: loads and compactions, one after the other. */
export async function alone<Result>(state: State, work: () => Promise<Result>): Promise<Result> {
  const before = state.alone;
  const run = before.then(work);
  state.alone = run.then(
    () => undefined,
    () => undefined,
  );
  return run;
}

async function swap(state: State, onProgress: (progress: Progressed) => void): Promise<void> {
  const { dir, durability } = state.settings;
  const old = state.environment;
  const name = nextFile(basename(old.path));
  const { usedBytes: total } = old.size();
  let fresh: Environment | undefined;
  onProgress({ done: 0, total, unit: 'bytes' });
  try {
    await removeFile(dir, name);
    const path = `${dir}/${name}`;
    await old.copyTo(path);
    await syncPath(path);
    checkOpen(state);
    fresh = openEnvironment(dir, name, durability === 'disk');
    await closeToOthers(dir, name);
    await makeCurrent(dir, name);
  } catch (error) {
    await fresh?.close();
    await removeFile(dir, name);
    throw translated(error, 'lmdb: compaction failed');
  }
  // The copy may know of fewer reserved versions than were taken meanwhile.
  fresh.trees.meta.putSync('reserved', encodeNote('reserved', state.reserved));
  state.environment = fresh;
  for (const tree of TREES) state.trees[tree].moveTo(fresh.trees[tree]);
  await retire(state, old);
  onProgress({ done: total, total, unit: 'bytes' });
}

/** Closes a file that nobody reads any more, and removes it. */
export async function retire(state: State, environment: Environment): Promise<void> {
  if (environment === state.environment) return;
  for (const view of state.views) if (view.environment === environment) return;
  await environment.close();
  await removeFile(state.settings.dir, basename(environment.path));
}
