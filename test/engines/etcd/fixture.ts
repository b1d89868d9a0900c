// Stores on servers of a test.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError, type ErrorCode } from '../../../src/base/errors.ts';
import { etcdEngine, type EtcdOptions } from '../../../src/engines/etcd/index.ts';
import { open } from '../../../src/index.ts';
import type { Store } from '../../../src/contract/store.ts';
import type { AsyncEngine } from '../../../src/contract/engine.ts';
import type { Cluster } from './cluster.ts';

/** A store and the engine under it. */
export interface Opened {
  readonly store: Store<false>;
  readonly engine: AsyncEngine;
}

/** Opens a store on a cluster, patient on a busy machine unless said otherwise. */
export async function opened(cluster: Cluster, options: Partial<EtcdOptions> = {}): Promise<Opened> {
  const engine = await etcdEngine({ hosts: cluster.hosts, deadlineMs: 60_000, ...options });
  return { engine, store: await open(engine) };
}

/** How many keys of etcd begin with this. */
export async function keysBelow(cluster: Cluster, prefix: string): Promise<number> {
  const { count } = await cluster.ask(0, 'kv/range', {
    key: Buffer.from(prefix).toString('base64'),
    range_end: Buffer.concat([Buffer.from(prefix), Buffer.from([0xff, 0xff])]).toString('base64'),
    count_only: true,
  });
  return Number(count ?? 0);
}

/** Waits until something is so; fails after ten seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    assert.ok(performance.now() - startedAt < 10_000, `did not come true: ${what}`);
    await sleep(10);
  }
}

/** Asserts that the work fails with this fault; returns it. */
export async function faultOf(code: ErrorCode, work: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await work.then(
    () => assert.fail(`expected ${code}, but it succeeded`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}
