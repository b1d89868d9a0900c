import diagnostics from 'node:diagnostics_channel';
import type { BatchObservableResult, Meter } from '@opentelemetry/api';
import { BUFFER_CHANNELS } from '../../buffer/index.ts';
import type { BufferStats } from '../../buffer/index.ts';

/** What is read of the messages of buffers. */
interface Flushed {
  readonly buffer: string;
  readonly size: number;
  readonly durationMs: number;
  readonly failed: number;
}

/** Where entries of a buffer can be. */
const STATES = {
  writing: 'writing',
  queued: 'queued',
  held: 'held',
  inFlight: 'in_flight',
  retrying: 'retrying',
} as const;

/** Counts what all buffers do. Returns what ends it. */
export function observeBuffers(meter: Meter): () => void {
  const duration = meter.createHistogram('samemap.buffer.flush.duration', {
    description: 'Duration of calls of the processor.',
    unit: 's',
  });
  const counter = (name: string, description: string) =>
    meter.createCounter(`samemap.buffer.${name}`, { description, unit: '{entry}' });
  const delivered = counter('delivered', 'Entries that a processor confirmed.');
  const unconfirmed = counter('unconfirmed', 'Entries handed to a processor and not confirmed.');
  const repeated = counter('retried', 'Entries that wait for their repetition.');
  const dead = counter('dead_letters', 'Entries that were given up.');
  const subscriptions: [string, (told: unknown) => void][] = [
    [
      BUFFER_CHANNELS.flushStop,
      (told) => {
        const { buffer, size, durationMs, failed } = told as Flushed;
        const name = { 'samemap.buffer.name': buffer };
        duration.record(durationMs / 1_000, name);
        if (size > failed) delivered.add(size - failed, name);
        if (failed > 0) unconfirmed.add(failed, name);
      },
    ],
    [BUFFER_CHANNELS.retry, (told) => repeated.add((told as Flushed).size, nameOf(told))],
    [BUFFER_CHANNELS.deadLetter, (told) => dead.add(1, nameOf(told))],
  ];
  for (const [name, run] of subscriptions) diagnostics.subscribe(name, run);
  return () => {
    for (const [name, run] of subscriptions) diagnostics.unsubscribe(name, run);
  };
}

/** Shows where the entries of a buffer are whenever metrics are collected. Returns what ends it. */
export function observeBuffer(
  meter: Meter,
  buffer: { readonly name: string; stats(): BufferStats },
): () => void {
  const gauge = (name: string, description: string, unit: string) =>
    meter.createObservableGauge(`samemap.buffer.${name}`, { description, unit });
  const entries = gauge('entries', 'Entries without outcome, by where they are.', '{entry}');
  const waiting = gauge('waiting', 'Writes that wait for room.', '{write}');
  const oldest = gauge('oldest', 'Age of the oldest table with something without outcome.', 's');
  const bytes = gauge('size', 'Bytes of the entries without outcome.', 'By');
  const lost = gauge('lost', 'Entries that were accepted and are nowhere: 0, always.', '{entry}');
  const all = [entries, waiting, oldest, bytes, lost];
  const look = (result: BatchObservableResult): void => {
    const stats = buffer.stats();
    const name = { 'samemap.buffer.name': buffer.name };
    for (const [state, word] of Object.entries(STATES)) {
      // SAFETY: the keys of the table.
      const count = stats[state as keyof typeof STATES];
      result.observe(entries, count, { ...name, 'samemap.buffer.state': word });
    }
    result.observe(waiting, stats.waiting, name);
    result.observe(oldest, stats.oldestMs / 1_000, name);
    result.observe(bytes, stats.bytes, name);
    result.observe(lost, stats.lost, name);
  };
  meter.addBatchObservableCallback(look, all);
  return () => meter.removeBatchObservableCallback(look, all);
}

function nameOf(told: unknown): { 'samemap.buffer.name': string } {
  return { 'samemap.buffer.name': (told as Flushed).buffer };
}
