import { StoreError } from '../../base/errors.ts';
import { utf8Length } from '../../base/utf8.ts';
import { ANY, VERSION } from '../../contract/condition.ts';
import type { AsyncCore, CommitReply, Operation, Reply } from '../../contract/core.ts';
import type { AsyncEngine } from '../../contract/engine.ts';
import { Gatherer, type Gathered } from './gatherer.ts';
import { passingCore } from './passing-core.ts';

/** The most reads in one request. */
const MOST_READS = 100;
/** What a call weighs besides its key and value. */
const CALL_BYTES = 64;

/** Stands for a request that the store does not take. */
const TOO_LARGE = Symbol('too large');

/** A core that gathers, and the same for deletes of which nobody asks what they removed. */
export interface Gathering {
  readonly core: AsyncCore;
  /** {@link core}, but that deletes are gathered, too, and answer without what they removed. */
  readonly erasing: AsyncCore;
}

/**
 * A core that gathers concurrent calls of single keys into requests: reads, and writes under any condition that have no
 * time to live. Deletes answer with what they removed, which a commit does not, so they go alone unless that is not
 * asked for. A request
 * that is refused answers the call that it was refused for, and the others are resent in parts, so that there are
 * never more requests than calls; one that is too large is resent in halves; one whose outcome is unknown leaves that
 * of all its calls unknown. A write that goes alone waits for gathered ones of its key.
 */
export function gatheringCore(engine: AsyncEngine): Gathering {
  const { core, supports } = engine;
  const partitionOf = (key: string): number => engine.partition?.(key) ?? 0;
  const single = (write: Operation): Promise<Reply> => {
    const { map, key, cell, condition, ifVersion, expiresAt, stamp, shape } = write;
    return core.write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape);
  };

  const reads = new Gatherer<number, Reply>(MOST_READS, false, async (batch) => {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) return first.resolve(await core.get(first.call, first.key));
    const keys = batch.map(({ key }) => key);
    const { at, entries } = await core.getMany(first.call, keys);
    for (const [i, { resolve }] of batch.entries()) {
      const entry = entries[i];
      resolve({ ok: entry !== undefined, at, entry });
    }
  });

  const { operations, plain = operations } = supports.atomic;
  const writes = new Gatherer<Operation, Reply>(plain, true, send);

  async function send(batch: readonly Gathered<Operation, Reply>[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) return first.resolve(await single(first.call));
    if (batch.length > operations && !batch.every(({ call }) => isPlain(call))) {
      return await sendParts([batch.slice(0, operations), batch.slice(operations)]);
    }
    const reply = await commitAll(batch);
    if (reply === TOO_LARGE) {
      const half = batch.length >>> 1;
      await sendParts([batch.slice(0, half), batch.slice(half)]);
    } else if (reply.ok) {
      for (const { call, resolve } of batch)
        resolve({ ok: true, at: reply.at, entry: entryOf(call, reply.at) });
    } else {
      const { at, failed, current } = reply;
      batch[failed]?.resolve({ ok: false, at, entry: current });
      const middle = Math.ceil((failed + 1 + batch.length) / 2);
      await sendParts([batch.slice(0, failed), batch.slice(failed + 1, middle), batch.slice(middle)]);
    }
  }

  async function sendParts(parts: readonly (readonly Gathered<Operation, Reply>[])[]): Promise<void> {
    await Promise.all(parts.map((part) => sendPart(part)));
  }

  /** {@link send} for calls whose fault is not that of others. */
  async function sendPart(batch: readonly Gathered<Operation, Reply>[]): Promise<void> {
    try {
      await send(batch);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function commitAll(
    batch: readonly Gathered<Operation, Reply>[],
  ): Promise<CommitReply | typeof TOO_LARGE> {
    try {
      return await core.commit(
        [],
        batch.map(({ call }) => call),
      );
    } catch (error) {
      if (error instanceof StoreError && error.code === 'LIMIT') return TOO_LARGE;
      throw error;
    }
  }

  const alone = async <Answer>(key: string, call: () => Promise<Answer>): Promise<Answer> => {
    await writes.settled(key);
    return await call();
  };

  const gathered: AsyncCore['write'] = (map, key, cell, condition, ifVersion, expiresAt, stamp, shape) => {
    const write = { map, key, cell, condition, ifVersion, expiresAt, stamp, shape };
    return writes.add(key, write, bytesOf(write), partitionOf(key));
  };
  const gathering = passingCore(core, {
    get: (map, key) => reads.add(key, map, key.length + CALL_BYTES, partitionOf(key)),
    write: (map, key, cell, condition, ifVersion, expiresAt, stamp, shape) =>
      cell === undefined || expiresAt !== 0
        ? alone(key, () => core.write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape))
        : gathered(map, key, cell, condition, ifVersion, expiresAt, stamp, shape),
    add: (map, key, ...rest) => alone(key, () => core.add(map, key, ...rest)),
  });
  return { core: gathering, erasing: passingCore(gathering, { write: gathered }) };
}

/** `true`: it goes into the largest requests. */
function isPlain({ condition }: Operation): boolean {
  return condition === ANY || condition === VERSION;
}

function bytesOf({ key, cell }: Operation): number {
  return utf8Length(key) + CALL_BYTES + (cell instanceof Uint8Array ? cell.byteLength : 0);
}

function entryOf({ key, cell, shape }: Operation, version: number): Reply['entry'] {
  if (cell === undefined) return undefined;
  return { key, value: cell, version, expiresAt: 0, shape };
}
