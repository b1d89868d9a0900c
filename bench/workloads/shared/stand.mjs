// A store in shared memory and workers that run passes over it and over its peers.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** @import { Pass } from './jobs.mjs' */

const here = import.meta.dirname;
const dist = path.resolve(process.env['SAMEMAP_DIST'] ?? path.join(here, '../../../dist/src'));
export const library = pathToFileURL(path.join(dist, 'index.js')).href;
export const sharedLibrary = pathToFileURL(path.join(dist, 'engines/shared/index.js')).href;
const { sharedEngine } = await import(sharedLibrary);

/** Bytes of a value. */
export const VALUE_BYTES = 100;

/** A value of its own for each key. */
export function valueOf(/** @type {number} */ n) {
  return new Uint8Array(VALUE_BYTES).fill(n);
}

/**
 * Opens a store in shared memory.
 *
 * @param {typeof import('../../../dist/src/index.js')} samemap
 * @param {number} [capacityBytes]
 */
export async function sharedStore(samemap, capacityBytes = 2 ** 28) {
  const engine = sharedEngine({ capacityBytes });
  return { engine, handle: engine.handle, store: await samemap.open(engine) };
}

/** Workers that run passes, all at the same time. */
export class Crew {
  /** @type {Worker[]} */
  #workers = [];

  /**
   * Starts them.
   *
   * @param {number} size
   * @param {object} data what each of them gets
   */
  static async of(size, data) {
    const crew = new Crew();
    for (let n = 0; n < size; n++) {
      const worker = new Worker(new URL('jobs.mjs', import.meta.url), {
        workerData: { ...data, seed: n + 1 },
      });
      crew.#workers.push(worker);
      await reply(worker);
    }
    return crew;
  }

  /**
   * Has the first so many workers run a pass, and waits for all of them.
   *
   * @param {Pass} pass
   * @param {number} [size]
   */
  async run(pass, size = this.#workers.length) {
    const working = this.#workers.slice(0, size);
    const done = working.map(reply);
    for (const worker of working) worker.postMessage(pass);
    await Promise.all(done);
  }

  /** Serves what the workers ask of a map on this thread. */
  serve(/** @type {Map<string, Uint8Array>} */ map) {
    for (const worker of this.#workers) {
      worker.on('message', ({ id, key, value }) => {
        if (id === undefined) return;
        if (value !== undefined) map.set(key, value);
        worker.postMessage({ id, value: value === undefined ? map.get(key) : undefined });
      });
    }
  }

  async close() {
    for (const worker of this.#workers) {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ job: 'end' });
      await ended;
    }
  }
}

/** The next thing that a worker says but for requests. */
function reply(/** @type {Worker} */ worker) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      const onMessage = (/** @type {{ done?: boolean }} */ { done }) => {
        if (done !== true) return;
        worker.off('message', onMessage);
        worker.off('error', reject);
        resolve();
      };
      worker.on('message', onMessage);
      worker.once('error', reject);
    })
  );
}
