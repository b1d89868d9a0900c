import type { Clock } from '../../../base/clock.ts';
import { StoreError } from '../../../base/errors.ts';
import { revisionOf } from '../answer.ts';
import type { ByteRange } from '../layout.ts';
import type { Cluster } from '../link/cluster.ts';
import { range } from '../protocol/methods.ts';
import type { KeyValue } from '../protocol/responses.ts';
import { newestFirst, oldestFirst } from '../words.ts';

/** What a holder or waiter says of itself, as JSON in its key. */
export interface HolderNote {
  readonly label: string | undefined;
  /** Since when it holds the lock, or waits for it, in milliseconds since the epoch. */
  readonly since: number;
}

export function writeNote(note: HolderNote): Buffer {
  return Buffer.from(JSON.stringify(note));
}

/** Reads a note; one that is none says nothing. */
export function readNote(bytes: Buffer): HolderNote {
  try {
    const { label, since } = JSON.parse(bytes.toString()) as Partial<HolderNote>;
    return {
      label: typeof label === 'string' ? label : undefined,
      since: typeof since === 'number' ? since : 0,
    };
  } catch {
    return { label: undefined, since: 0 };
  }
}

/** Who stands directly before a place in line; `undefined` at its head. */
export async function predecessor(
  cluster: Cluster,
  line: ByteRange,
  place: number,
): Promise<{ readonly found: KeyValue | undefined; readonly at: number }> {
  const before = { limit: 1, maxCreateRevision: place - 1, ...newestFirst };
  const answer = await cluster.call(range, { key: line.key, rangeEnd: line.end, ...before }, 'read');
  return { found: answer.kvs[0], at: revisionOf(answer) };
}

/** The fault of a wait that ran out, naming the holder; `undefined` when the head of the line is `mine`. */
export async function timeout(
  cluster: Cluster,
  clock: Clock,
  line: ByteRange,
  key: string,
  waitMs: number,
  mine: Buffer | undefined,
): Promise<StoreError | undefined> {
  const answer = await cluster.call(
    range,
    { key: line.key, rangeEnd: line.end, limit: 1, ...oldestFirst },
    'read',
  );
  const head = answer.kvs[0];
  if (head !== undefined && mine !== undefined && head.key.equals(mine)) return undefined;
  const waited = `lock ${JSON.stringify(key)}: waited ${waitMs} ms`;
  if (head === undefined) return new StoreError('TIMEOUT', `${waited}; by now it is free`);
  const { label, since } = readNote(head.value);
  const holder = label === undefined ? 'a holder without label' : JSON.stringify(label);
  const ageMs = Math.max(0, Math.round(clock.now() - since));
  const waiters = answer.count - (mine === undefined ? 1 : 2);
  const others = waiters <= 0 ? 'nobody else waits' : `${waiters} more ${waiters === 1 ? 'waits' : 'wait'}`;
  return new StoreError('TIMEOUT', `${waited}; held by ${holder} for ${ageMs} ms; ${others}`);
}
