// The engine on etcd, under the law. Laws wait for the network most of the time, so that several of them run at once.
import { after, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { deferred, type Deferred } from '../../src/base/deferred.ts';
import { conformance } from '../../src/conformance/suite.ts';
import { startCluster, type Cluster } from '../engines/etcd/cluster.ts';
import type { LawAnswer, LawSettings } from './etcd-law-worker.ts';

/** What is put through which laws. */
export interface EtcdLaws {
  readonly name: string;
  readonly binary: 'base' | 'newer';
  /** How many clusters hold the store; one unless said. */
  readonly partitions?: number;
  /** `true`: a mirror of memory and the engine, which cannot be opened again. */
  readonly mirrored?: boolean;
  /** Which laws; all unless said. */
  readonly wanted?: (law: string) => boolean;
}

const ABREAST = 6;

/** A server for an engine that answers later is not asked about the sync face. */
const SYNC_FACE = '(sync face)';

/** Laws that wait for leases of the server, or for its rounds: others run meanwhile. */
const WAITING = /reopening: what expired|Resumable: |slow reader: a catch-up/;

/** Puts the engine through the law. */
export function etcdLaws({ name, binary, partitions = 1, mirrored = false, wanted }: EtcdLaws): void {
  describe(name, { concurrency: ABREAST }, () => {
    const clusters: Cluster[] = [];
    let thread: LawThread | undefined;

    before(async () => {
      for (let n = 0; n < partitions; n++) clusters.push(await startCluster({ binary }));
      thread = new LawThread({ name, groups: clusters.map(({ hosts }) => hosts), mirrored });
    });
    after(async () => {
      await thread?.close();
      for (const cluster of clusters) await cluster.close();
    });

    const laws = namesOf(name).filter((law) => wanted?.(law) ?? true);
    const first = laws.filter((law) => WAITING.test(law));
    for (const law of new Set([...first, ...laws])) {
      it(law, { skip: law.endsWith(SYNC_FACE) && 'supports.sync is false' }, async (t) => {
        const answer = await thread?.run(law);
        if (answer?.failed !== undefined) throw new Error(`on the thread of the laws: ${answer.failed}`);
        if (answer?.skipped !== undefined) t.skip(answer.skipped);
      });
    }
  });
}

function namesOf(name: string): string[] {
  const names: string[] = [];
  const engine = (): never => {
    throw new Error('laws run on their thread');
  };
  conformance({ name, test: (law: string) => names.push(law), engine });
  return names;
}

/** The thread on which laws run. */
class LawThread {
  readonly #worker: Worker;
  readonly #asked = new Map<string, Deferred<LawAnswer>>();

  constructor(settings: LawSettings) {
    this.#worker = new Worker(new URL('etcd-law-worker.js', import.meta.url), { workerData: settings });
    this.#worker.on('message', (answer: LawAnswer) => {
      this.#asked.get(answer.law)?.resolve(answer);
      this.#asked.delete(answer.law);
    });
    const end = (error: unknown): void => {
      for (const { reject } of this.#asked.values()) reject(error);
      this.#asked.clear();
    };
    this.#worker.on('error', end);
    this.#worker.on('exit', (code) => end(new Error(`the thread of the laws ended with ${code}`)));
  }

  run(law: string): Promise<LawAnswer> {
    const asked = deferred<LawAnswer>();
    this.#asked.set(law, asked);
    this.#worker.postMessage(law);
    return asked.promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
