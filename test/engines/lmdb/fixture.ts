// Stores in directories of their own, which go with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SyncEngine } from '../../../src/contract/engine.ts';
import type { Store } from '../../../src/contract/store.ts';
import { type LmdbOptions, lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { open } from '../../../src/map/open.ts';

export type Internals = NonNullable<Parameters<typeof lmdbEngine>[1]>;

/** A directory that is removed at the end of the test. */
export function directory(t: Pick<TestContext, 'after'>): string {
  const dir = mkdtempSync(join(tmpdir(), 'samemap-lmdb-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface Opened {
  readonly engine: SyncEngine;
  readonly store: Store<true>;
}

/** Opens a store; durable over the end of the process only, unless the test says otherwise. */
export async function openIn(
  dir: string,
  options: Omit<LmdbOptions, 'dir'> = {},
  internals: Internals = {},
): Promise<Opened> {
  const engine = await lmdbEngine({ dir, durability: 'os', ...options }, internals);
  return { engine, store: await open(engine) };
}

/** The code of the fault that a call ends with; fails when it does not. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return String(Reflect.get(Object(error), 'code') ?? error);
  }
  return 'no fault';
}
