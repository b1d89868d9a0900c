// What the laws of watching are tried on: the scripted engine in three forms, and the engine in memory.
import { ANY } from '../../src/contract/condition.ts';
import type { Operation, Reference } from '../../src/contract/core.ts';
import type { StoredChange } from '../../src/contract/services.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import type { MapContext } from '../../src/map/context.ts';
import { contextOf } from '../../src/map/context.ts';
import { open } from '../../src/map/open.ts';
import { Script, type ScriptOptions } from './watch-fixture.ts';
import { turns } from './watch-reading.ts';

/** One commit as the engine made it. */
export interface Made {
  readonly partition: number;
  readonly version: number;
  readonly changes: readonly StoredChange[];
}

/** Several keys and their new values, `undefined` for a removal, in one commit; perhaps with an expiry. */
export type Batch = readonly (readonly [key: string, value: number | undefined])[];

export interface Subject {
  readonly context: MapContext;
  partition(key: string): number;
  /** All commits so far, oldest first. */
  made(): readonly Made[];
  commit(batch: Batch): void;
  expiring(key: string, value: number): void;
  clear(): void;
  /** Lets time pass: something may expire. */
  pass(): Promise<void>;
  /** Does something about durability, delivery or history, where there is any. */
  stir(what: number): void;
  /** Everything is durable and delivered. */
  settle(): void;
  close(): Promise<void>;
}

/** The engine in memory, with a history that is soon too short. */
export async function memorySubject(historyLimit: number): Promise<Subject> {
  const clock = manualClock();
  const engine = memoryEngine({ historyLimit }, { clock });
  const store = await open(engine);
  const context = contextOf(store.map<number>('things', { values: 'references' }));
  const map = context.id();
  const feed = engine.changes({ map, key: undefined, prefix: '', previous: false }, 'now');
  const made: Made[] = [];
  const note = (): void => {
    for (let event = feed.take(); event !== undefined; event = feed.take()) {
      if (event.kind === 'gap') throw new Error('the subject itself fell behind');
      if (event.kind === 'commit')
        made.push({ partition: 0, version: event.first.version, changes: linked(event.first) });
    }
  };
  const cell = (value: number | undefined): Reference | undefined => {
    const reference: unknown = value;
    return reference as Reference | undefined;
  };
  const operation = (key: string, value: number | undefined, expiresAt: number): Operation => ({
    map,
    key,
    cell: cell(value),
    condition: ANY,
    ifVersion: 0,
    expiresAt,
    stamp: undefined,
    shape: 0,
  });
  return {
    context,
    partition: () => 0,
    made: () => made,
    commit(batch) {
      engine.core.commit(
        [],
        batch.map(([key, value]) => operation(key, value, 0)),
      );
      note();
    },
    expiring(key, value) {
      engine.core.commit([], [operation(key, value, clock.now() + 1_000)]);
      note();
    },
    clear() {
      engine.core.clear(map, '', undefined);
      note();
    },
    async pass() {
      await clock.tick(2_000);
      note();
    },
    stir: () => undefined,
    settle: () => undefined,
    close: () => store.close(),
  };
}

/** A scripted engine; its commits keep to one partition each. */
export function scriptedSubject(options: ScriptOptions & { readonly takesBack?: boolean }): Subject {
  const script = new Script({ pageSize: 2, ...options });
  const late = options.form === 'async';
  const durable = options.durable === true;
  if (late) script.visible = 0;
  const { context, entries } = script;
  const partition = (key: string): number => script.partition(key);
  let open = (): void => undefined;
  return {
    context,
    partition,
    made: () => script.log,
    commit(batch) {
      const home = partition(batch[0]?.[0] ?? '');
      const near = batch.filter(([key]) => partition(key) === home);
      const real = near.filter(([key, value]) => value !== undefined || entries.has(key));
      if (real.length > 0) script.commit(...real);
    },
    expiring(key, value) {
      script.commit([key, value, undefined, script.clock.now() + 1_000]);
    },
    clear() {
      for (const home of script.versions.keys()) {
        const keys = [...entries.keys()].filter((key) => partition(key) === home);
        if (keys.length > 0) script.commit(...keys.map((key) => [key, undefined] as const));
      }
    },
    async pass() {
      await script.clock.tick(2_000);
      for (const { key, expiresAt = 0 } of Array.from(entries.values())) {
        if (expiresAt > 0 && expiresAt <= script.clock.now()) script.commit([key, undefined, 'expire']);
      }
      await turns();
    },
    stir(what) {
      open();
      if (what === 0) script.forget();
      else if (what === 4 && options.takesBack === true) script.takeBack();
      else if (durable) script.flush(Math.max(script.horizon, (script.versions[0] ?? 0) - what));
      else if (late && what < 3) script.show();
      else script.gate = new Promise((resolve) => (open = resolve));
    },
    settle() {
      open();
      if (durable) script.flush();
      if (late) script.show();
    },
    close: async () => script.close(),
  };
}

function linked(first: StoredChange): StoredChange[] {
  const changes: StoredChange[] = [];
  for (let change: StoredChange | undefined = first; change !== undefined; change = change.next)
    changes.push(change);
  return changes;
}
