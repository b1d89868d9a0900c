import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import { MAP_NAME } from '../../contract/limits.ts';

/** Under this, the names and buffers of a process lie among the data that a worker gets from the thread that starts it. */
const ENVIRONMENT = 'samemap/shared';

/**
 * The buffer of a name, as far as this thread knows; `undefined` in the main thread, when there is none yet.
 *
 * @throws RangeError for a name that is none; StoreError `UNAVAILABLE` in a worker, whose store another thread would
 *   not find
 */
export function namedBuffer(name: string): SharedArrayBuffer | undefined {
  if (!MAP_NAME.test(name)) {
    throw new RangeError(`shared: needs a name of 1 to 128 of A-Z a-z 0-9 . _ -, got ${show(name)}`);
  }
  const known = table()[name];
  if (known !== undefined || isMainThread) return known;
  throw new StoreError(
    'UNAVAILABLE',
    `shared:${name} was not open when this worker was started: open it before, in the thread that starts the worker`,
  );
}

/** Makes a buffer known to this thread and the workers that it starts from now on. */
export function publish(name: string, buffer: SharedArrayBuffer): void {
  setEnvironmentData(ENVIRONMENT, { ...table(), [name]: buffer });
}

function table(): Readonly<Record<string, SharedArrayBuffer>> {
  // SAFETY: nobody else uses the name.
  return (getEnvironmentData(ENVIRONMENT) ?? {}) as unknown as Readonly<Record<string, SharedArrayBuffer>>;
}
