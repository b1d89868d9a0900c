import { tracingChannel } from 'node:diagnostics_channel';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Meter, Span, Tracer } from '@opentelemetry/api';
import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import { OPERATION_CHANNEL } from '../../map/tracing/channel.ts';
import type { OperationMessage } from '../../map/tracing/channel.ts';

/** What the conventions ask of histograms of operations of databases, in seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** Operations of many keys, whose count is the size of a batch. */
const BATCHES = new Set(['getMany', 'setMany', 'deleteMany', 'lockMany', 'atomic']);

const channels = tracingChannel(OPERATION_CHANNEL);

/** Measures how long operations take. Returns what ends it. */
export function measureOperations(meter: Meter): () => void {
  const duration = meter.createHistogram('db.client.operation.duration', {
    description: 'Duration of database client operations.',
    unit: 's',
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  return onEnds((message) => {
    duration.record((message.durationMs ?? 0) / 1_000, { ...about(message), ...outcome(message) });
  });
}

/** Makes spans of operations. Returns what ends it. */
export function traceOperations(
  tracer: Tracer,
  { orphans, keys }: { readonly orphans: boolean; readonly keys: boolean },
): () => void {
  const spans = new WeakMap<object, Span>();
  const begin = (told: unknown): void => {
    const message = told as OperationMessage;
    const parent = context.active();
    if (!orphans && trace.getSpan(parent) === undefined) return;
    const { operation, map, key } = message;
    const attributes = about(message);
    if (keys && key !== undefined) attributes['samemap.key'] = typeof key === 'string' ? key : show(key);
    const name = map === undefined ? operation : `${operation} ${map}`;
    spans.set(message, tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent));
  };
  channels.start.subscribe(begin);
  const stop = onEnds((message) => {
    const span = spans.get(message);
    if (span === undefined) return;
    spans.delete(message);
    span.setAttributes(outcome(message));
    const { operation, count, version, error } = message;
    if (version !== undefined) span.setAttribute('samemap.version', version);
    if (count !== undefined && count > 1 && BATCHES.has(operation))
      span.setAttribute('db.operation.batch.size', count);
    if (count !== undefined && operation === 'list') span.setAttribute('db.response.returned_rows', count);
    if (message.outcome === 'failed') {
      const exception = error instanceof Error ? error : String(error);
      span.recordException(exception);
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(Reflect.get(Object(error), 'message')) });
    }
    span.end();
  });
  return () => {
    channels.start.unsubscribe(begin);
    stop();
  };
}

/** Runs at the end of each operation: of one that answers at once, or later, once. */
function onEnds(run: (message: OperationMessage) => void): () => void {
  const ended = (told: unknown): void => {
    const message = told as OperationMessage;
    // What answers later has no outcome when it returns its promise.
    if (message.outcome !== undefined) run(message);
  };
  channels.end.subscribe(ended);
  channels.asyncEnd.subscribe(ended);
  return () => {
    channels.end.unsubscribe(ended);
    channels.asyncEnd.unsubscribe(ended);
  };
}

function about({ operation, map, engine }: OperationMessage): Attributes {
  const attributes: Attributes = {
    'db.system.name': 'samemap',
    'db.operation.name': operation,
    'samemap.engine': engine,
  };
  if (map !== undefined) attributes['db.collection.name'] = map;
  return attributes;
}

function outcome({ outcome: what, error }: OperationMessage): Attributes {
  if (what !== 'failed') return { 'samemap.outcome': what ?? 'ok' };
  const code = error instanceof StoreError ? { 'db.response.status_code': error.code } : {};
  return { 'samemap.outcome': what, 'error.type': typeOf(error), ...code };
}

function typeOf(error: unknown): string {
  if (error instanceof StoreError) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}
