import { metrics, trace } from '@opentelemetry/api';
import type { Meter, Tracer } from '@opentelemetry/api';
import { checkOptions, show } from '../../base/options.ts';
import type { BufferStats } from '../../buffer/index.ts';
import type { Store } from '../../contract/store.ts';
import { observeBuffer, observeBuffers } from './buffers.ts';
import { measureOperations, traceOperations } from './operations.ts';
import { observeStore } from './stores.ts';

/**
 * What is observed, and where it goes.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api';
 * import type { ObserveOptions } from 'samemap/opentelemetry';
 * const options: ObserveOptions = { meter: metrics.getMeter('shop'), spans: 'none' };
 * ```
 */
export interface ObserveOptions {
  /** Of the global provider unless said. */
  readonly meter?: Meter | undefined;
  /** Of the global provider unless said. */
  readonly tracer?: Tracer | undefined;
  /**
   * Which operations become spans: those `'within'` another span (the default), `'all'`, or `'none'`. A map in memory
   * can do millions in a second.
   */
  readonly spans?: 'within' | 'all' | 'none' | undefined;
  /** `true`: spans have the key as `samemap.key`. Keys can be personal data, so that they are left out unless said. */
  readonly keys?: boolean | undefined;
}

/**
 * What {@link observe} began.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { observe } from 'samemap/opentelemetry';
 * const store = await open('memory:');
 * const observation = observe().store(store, 'sessions');
 * observation.close(); // nothing is told from here on
 * ```
 */
export interface Observation {
  /** Adds gauges of a store: locks held and waited for, watchers and how far they are behind. */
  store(store: Store, name: string): this;
  /** Adds gauges of a buffer: where its entries are, their bytes, the age of the oldest. */
  buffer(buffer: { readonly name: string; stats(): BufferStats }): this;
  /** Ends it; idempotent. */
  close(): void;
}

/**
 * Begins to tell OpenTelemetry of every operation of every map in the process, by the semantic conventions for database
 * clients: the histogram `db.client.operation.duration` and a span for each operation, with `db.system.name`,
 * `db.operation.name`, `db.collection.name` and `error.type`; and of every buffer. Nothing that is stored is told.
 *
 * @param options - meter, tracer, which spans
 * @returns what ends it, and takes stores and buffers for their gauges
 * @throws TypeError for an option that is none
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { observe } from 'samemap/opentelemetry';
 * const observation = observe(); // once, where the SDK was set up
 * const store = await open('memory:');
 * await store.map<number>('stock').set('apples', 3); // a span "set stock", and a measurement
 * observation.close();
 * await store.close();
 * ```
 */
export function observe(options: ObserveOptions = {}): Observation {
  checkOptions('observe', options, ['meter', 'tracer', 'spans', 'keys']);
  const { spans = 'within', keys = false } = options;
  if (!['within', 'all', 'none'].includes(spans)) {
    throw new TypeError(`observe: spans must be 'within', 'all' or 'none', got ${show(spans)}`);
  }
  if (typeof keys !== 'boolean')
    throw new TypeError(`observe: keys must be true or false, got ${show(keys)}`);
  const meter = options.meter ?? metrics.getMeter('samemap');
  const ends = [measureOperations(meter), observeBuffers(meter)];
  if (spans !== 'none') {
    const tracer = options.tracer ?? trace.getTracer('samemap');
    ends.push(traceOperations(tracer, { orphans: spans === 'all', keys }));
  }
  const observation: Observation = {
    store(store, name) {
      ends.push(observeStore(meter, store, name));
      return observation;
    },
    buffer(buffer) {
      ends.push(observeBuffer(meter, buffer));
      return observation;
    },
    close() {
      for (const end of ends.splice(0)) end();
    },
  };
  return observation;
}
