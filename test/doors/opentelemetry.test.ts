// What the bridge tells the real SDK of OpenTelemetry.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test, type TestContext } from 'node:test';
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Context,
  type ContextManager,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type DataPoint,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import * as names from '@opentelemetry/semantic-conventions';
import { openBuffer } from '../../src/buffer/index.ts';
import { observe, type Observation, type ObserveOptions } from '../../src/doors/opentelemetry/index.ts';
import { open, type Store } from '../../src/index.ts';

/** What carries the active span over `await`; the SDK for Node.js sets up one like it. */
class Contexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<Args extends unknown[], Run extends (...args: Args) => ReturnType<Run>>(
    active: Context,
    run: Run,
    self?: ThisParameterType<Run>,
    ...args: Args
  ): ReturnType<Run> {
    return this.#storage.run(active, () => Reflect.apply(run, self, args));
  }

  bind<Target>(_: Context, target: Target): Target {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

context.setGlobalContextManager(new Contexts());

interface Bench {
  readonly store: Store<true>;
  readonly observation: Observation;
  readonly tracer: ReturnType<BasicTracerProvider['getTracer']>;
  readonly spans: () => readonly ReadableSpan[];
  /** The points of a metric: its attributes and value, or how many were recorded. */
  readonly points: (metric: string) => Promise<(readonly [object, number])[]>;
}

async function bench(t: TestContext, options: ObserveOptions = {}): Promise<Bench> {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 600_000,
  });
  const provider = new MeterProvider({ readers: [reader] });
  const spanExporter = new InMemorySpanExporter();
  const traces = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
  const tracer = traces.getTracer('tests');
  const observation = observe({ meter: provider.getMeter('tests'), tracer, ...options });
  const store = await open('memory:');
  t.after(async () => {
    observation.close();
    await Promise.all([store.close(), provider.shutdown(), traces.shutdown()]);
  });
  return {
    store,
    observation,
    tracer,
    spans: () => spanExporter.getFinishedSpans(),
    async points(metric) {
      metricExporter.reset();
      await reader.forceFlush();
      const found = metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === metric)
        .flatMap(({ dataPoints }) => dataPoints as DataPoint<number | Histogram>[]);
      return found.map(({ attributes, value }) => [
        attributes,
        typeof value === 'number' ? value : value.count,
      ]);
    },
  };
}

const DURATION = names.METRIC_DB_CLIENT_OPERATION_DURATION;

test('opentelemetry: each operation is measured, by the names of the conventions', async (t) => {
  const { store, points } = await bench(t);
  const map = store.map<number>('stock');
  await map.set('a', 1);
  await map.set('b', 2);
  map.sync.get('a');
  await map.set('a', 1, { ifAbsent: true });
  await assert.rejects(map.get(''), RangeError);
  await store.maps();
  const about = (
    operation: string,
    more: object,
    collection: object = { [names.ATTR_DB_COLLECTION_NAME]: 'stock' },
  ) => ({
    [names.ATTR_DB_SYSTEM_NAME]: 'samemap',
    [names.ATTR_DB_OPERATION_NAME]: operation,
    'samemap.engine': 'memory',
    ...collection,
    ...more,
  });
  assert.deepEqual(await points(DURATION), [
    [about('set', { 'samemap.outcome': 'ok' }), 2],
    [about('get', { 'samemap.outcome': 'ok' }), 1],
    [about('set', { 'samemap.outcome': 'refused' }), 1],
    [about('get', { 'samemap.outcome': 'failed', [names.ATTR_ERROR_TYPE]: 'RangeError' }), 1],
    [about('maps', { 'samemap.outcome': 'ok' }, {}), 1],
  ]);
});

test('opentelemetry: operations within a span are spans, others are not', async (t) => {
  const { store, spans, tracer } = await bench(t);
  const map = store.map<number>('stock');
  await map.set('a', 1);
  assert.equal(spans().length, 0);
  await tracer.startActiveSpan('request', async (request) => {
    await map.setMany([
      ['a', 1],
      ['b', 1],
    ]);
    map.sync.get('a');
    for await (const key of map.keys()) void key;
    await store.close();
    await map.get('a').catch(() => undefined);
    request.end();
  });
  const [setMany, get, list, failed, request] = spans();
  assert.deepEqual(
    spans().map(({ name }) => name),
    ['setMany stock', 'get stock', 'list stock', 'get stock', 'request'],
  );
  for (const span of [setMany, get, list, failed])
    assert.equal(span?.parentSpanContext?.spanId, request?.spanContext().spanId);
  assert.equal(setMany?.attributes[names.ATTR_DB_OPERATION_BATCH_SIZE], 2);
  assert.equal(list?.attributes['db.response.returned_rows'], 2);
  assert.equal(get?.attributes[names.ATTR_DB_COLLECTION_NAME], 'stock');
  assert.equal(get?.attributes['samemap.key'], undefined);
  assert.equal(get?.status.code, SpanStatusCode.UNSET);
  assert.equal(failed?.status.code, SpanStatusCode.ERROR);
  assert.equal(failed?.attributes[names.ATTR_ERROR_TYPE], 'CLOSED');
  assert.equal(failed?.attributes[names.ATTR_DB_RESPONSE_STATUS_CODE], 'CLOSED');
  assert.equal(failed?.events[0]?.name, 'exception');
});

test('opentelemetry: all spans, with keys, when that is asked for; none when it is not', async (t) => {
  const all = await bench(t, { spans: 'all', keys: true });
  const none = await bench(t, { spans: 'none' });
  await all.store.map<string>('m').set('a', 'SECRET');
  const [span] = all.spans();
  assert.equal(span?.attributes['samemap.key'], 'a');
  assert.equal(typeof span?.attributes['samemap.version'], 'number');
  assert.doesNotMatch(JSON.stringify([span?.attributes, span?.events]), /SECRET/);
  assert.equal(none.spans().length, 0);
});

test('opentelemetry: after close nothing is told', async (t) => {
  const { store, observation, spans, points } = await bench(t, { spans: 'all' });
  const map = store.map<number>('m');
  observation.close();
  observation.close();
  await map.set('a', 1);
  assert.equal(spans().length, 0);
  assert.deepEqual(await points(DURATION), []);
});

test('opentelemetry: locks and watchers of a store', async (t) => {
  const { store, observation, points } = await bench(t);
  observation.store(store, 'shop');
  const map = store.map<number>('m');
  const lock = await map.lock('a');
  const next = map.lock('a');
  const watch = map.watch();
  await watch.ready;
  const of = { 'samemap.store.name': 'shop', 'samemap.engine': 'memory' };
  assert.deepEqual(await points('samemap.locks.held'), [[of, 1]]);
  assert.deepEqual(await points('samemap.locks.waiting'), [[of, 1]]);
  assert.deepEqual(await points('samemap.watchers'), [[of, 1]]);
  await lock.release();
  await (await next).release();
  await watch.close();
  assert.deepEqual(await points('samemap.locks.held'), [[of, 0]]);
});

test('opentelemetry: what a buffer delivers and what waits in it', async (t) => {
  const { observation, points } = await bench(t);
  let fail = true;
  const buffer = await openBuffer<number>({
    name: 'visits',
    partitions: 1,
    retry: { baseMs: 1, maxMs: 1 },
    processor: async () => {
      if (fail) throw new Error('down');
    },
  });
  observation.buffer(buffer);
  await buffer.set('a', 1);
  await buffer.set('b', 1);
  const of = { 'samemap.buffer.name': 'visits' };
  assert.deepEqual((await points('samemap.buffer.entries'))[0], [
    { ...of, 'samemap.buffer.state': 'writing' },
    2,
  ]);
  const flushed = buffer.flush();
  fail = false;
  await flushed;
  assert.deepEqual(await points('samemap.buffer.delivered'), [[of, 2]]);
  assert.deepEqual(await points('samemap.buffer.lost'), [[of, 0]]);
  assert.ok(((await points('samemap.buffer.flush.duration'))[0]?.[1] ?? 0) >= 1);
  await buffer.close();
});

test('opentelemetry: options that are none are refused; without an SDK nothing happens', () => {
  assert.throws(() => observe({ spans: 'some' as 'all' }), /'within', 'all' or 'none', got "some"/);
  assert.throws(() => observe({ keys: 1 as unknown as boolean }), /keys must be true or false/);
  assert.throws(() => observe({ span: true } as object), /span/);
  observe().close();
  assert.equal(trace.getActiveSpan(), undefined);
});
