// Programs of several clients, in every order in which requests and answers can overtake each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StoreError } from '../../src/base/errors.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { faulty, type Fault } from '../../src/conformance/faulty.ts';
import { createHistory, type History, type HistoryOperation } from '../../src/conformance/history.ts';
import { checkHistory } from '../../src/conformance/linearizable.ts';
import { searchLinearization } from '../../src/conformance/linearization.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { recording } from '../../src/conformance/recording.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import { DELETE } from '../../src/contract/symbols.ts';
import type { VersionedMap } from '../../src/contract/versioned-map.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open } from '../../src/map/open.ts';
import { twisted } from './twisted.ts';

const runs = Number(process.env['SAMEMAP_RUNS'] ?? 1);

/** What a word answered, as an operation of a history; `undefined` when it says nothing about the key. */
type Told = Partial<HistoryOperation> | undefined;
type Map = VersionedMap<number>;

/** What clients do; `fresh` is a value that nobody else writes. */
const words = {
  async read(map: Map, key: string): Promise<Told> {
    const entry = await map.entry(key);
    return { kind: 'read', value: entry?.value, version: entry?.version ?? 0 };
  },
  async set(map: Map, key: string, fresh: number): Promise<Told> {
    const { version } = await map.set(key, fresh);
    return { kind: 'write', value: fresh, version };
  },
  async replace(map: Map, key: string, fresh: number): Promise<Told> {
    const before = await map.entry(key);
    const over = before?.version ?? 0;
    const outcome = await map.set(key, fresh, { ifVersion: over });
    if (outcome.ok) return { kind: 'write', value: fresh, version: outcome.version, over };
    const { current } = outcome;
    return { kind: 'write', result: 'refused', value: current?.value, version: current?.version ?? 0, over };
  },
  async update(map: Map, key: string): Promise<Told> {
    const entry = await map.update(key, (value = 0) => value + 1);
    return { kind: 'add', delta: 1, value: entry?.value, version: entry?.version };
  },
  async drop(map: Map, key: string): Promise<Told> {
    let found: number | undefined;
    await map.update(key, (value) => {
      found = value;
      return DELETE;
    });
    return found === undefined ? { kind: 'read' } : { kind: 'delete', value: found, over: 'present' };
  },
  async add(map: Map, key: string): Promise<Told> {
    return { kind: 'add', delta: 10, value: await map.add(key, 10) };
  },
  async insert(map: Map, key: string, fresh: number): Promise<Told> {
    const value = await map.getOrInsert(key, fresh);
    return value === fresh ? { kind: 'write', value, over: 0 } : { kind: 'read', value };
  },
  async compute(map: Map, key: string, fresh: number): Promise<Told> {
    let called = false;
    const value = await map.getOrInsertComputed(key, async () => {
      called = true;
      return fresh;
    });
    // Who shares the load of another client is told nothing about the time of its own call.
    if (!called) return undefined;
    return value === fresh ? { kind: 'write', value, over: 0 } : { kind: 'read', value };
  },
  async delete(map: Map, key: string): Promise<Told> {
    return (await map.delete(key)) ? { kind: 'delete', over: 'present' } : { kind: 'read' };
  },
  async take(map: Map, key: string): Promise<Told> {
    const entry = await map.take(key);
    return entry === undefined
      ? { kind: 'read' }
      : { kind: 'delete', value: entry.value, over: entry.version };
  },
  async swap(map: Map, key: string, fresh: number): Promise<Told> {
    const before = await map.swap(key, fresh);
    return { kind: 'write', value: fresh, over: before?.version ?? 0 };
  },
  async lock(map: Map, key: string, fresh: number): Promise<Told> {
    const lock = await map.lock(key);
    const over = lock.entry?.version ?? 0;
    try {
      const { version } = await lock.commit(fresh);
      return { kind: 'write', value: fresh, version, over };
    } catch (error) {
      if (error instanceof StoreError && error.code === 'CONFLICT') return undefined;
      throw error;
    }
  },
  async hold(map: Map, key: string, fresh: number): Promise<Told> {
    const lock = await map.tryLock(key);
    if (lock === undefined) return undefined;
    const over = lock.entry?.version ?? 0;
    const outcome = await lock.save(fresh).catch((error: unknown) => error);
    await lock.release();
    if (!(outcome instanceof Error)) return { kind: 'write', value: fresh, over };
    if (outcome instanceof StoreError && outcome.code === 'CONFLICT') return undefined;
    throw outcome;
  },
};

type Word = keyof typeof words;

/** What may have happened when the outcome of a word is unknown. */
const effects: Record<Word, (fresh: number) => Partial<HistoryOperation> | undefined> = {
  read: () => undefined,
  set: (fresh) => ({ kind: 'write', value: fresh }),
  replace: (fresh) => ({ kind: 'write', value: fresh }),
  update: () => ({ kind: 'add', delta: 1 }),
  drop: () => ({ kind: 'delete' }),
  add: () => ({ kind: 'add', delta: 10 }),
  insert: (fresh) => ({ kind: 'write', value: fresh, over: 0 }),
  compute: (fresh) => ({ kind: 'write', value: fresh, over: 0 }),
  delete: () => ({ kind: 'delete' }),
  take: () => ({ kind: 'delete' }),
  swap: (fresh) => ({ kind: 'write', value: fresh }),
  lock: (fresh) => ({ kind: 'write', value: fresh }),
  hold: (fresh) => ({ kind: 'write', value: fresh }),
};
const NAMES = Object.keys(words) as Word[];

interface Step {
  readonly word: Word;
  readonly key: string;
}

const steps = fc.array(fc.record({ word: fc.constantFrom(...NAMES), key: fc.constantFrom('a', 'a', 'b') }), {
  minLength: 1,
  maxLength: 4,
});
const clients = fc.array(steps, { minLength: 2, maxLength: 4 });

/** Runs clients side by side and writes down what they were told. */
async function runClients(programs: readonly (readonly Step[])[], map: Map, told: History): Promise<void> {
  let fresh = 1_000;
  const run = async (process: number, program: readonly Step[]): Promise<void> => {
    for (const { word, key } of program) {
      const invoke = told.next();
      const value = (fresh += 1_000);
      const answer = await words[word](map, key, value).catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
        if (error.code === 'UNAVAILABLE') return undefined;
        assert.equal(error.code, 'UNKNOWN_OUTCOME');
        const effect = effects[word](value);
        return effect && ({ ...effect, result: 'unknown' } as const);
      });
      if (answer !== undefined) note(told, { process, key, invoke, ...answer });
    }
  };
  await Promise.all(programs.map((program, process) => run(process, program)));
  for (const key of ['a', 'b']) {
    const invoke = told.next();
    note(told, { process: -1, key, invoke, ...(await readAtLast(map, key)) });
  }
}

/** Reads, however many faults are left. */
async function readAtLast(map: Map, key: string): Promise<Told> {
  for (;;) {
    const read = await words.read(map, key).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
    });
    if (read !== undefined) return read;
  }
}

function note(told: History, fields: Partial<HistoryOperation>): void {
  const nothing = { process: 0, key: '', kind: 'read', invoke: 0, result: 'done', expires: false } as const;
  const unsaid = { value: undefined, version: undefined, at: undefined, over: undefined, delta: undefined };
  told.add({ ...nothing, ...unsaid, ...fields, return: told.next() });
}

const show = ({
  key,
  process,
  invoke,
  return: end,
  kind,
  result,
  value,
  version,
  over,
}: HistoryOperation): string =>
  `${key} client ${process} ${invoke}-${end} ${kind} ${result} ${String(value)} version ${version} over ${over}`;

/** One schedule of one program on an engine: both histories, of the words and of the engine's calls. */
async function runScheduled(
  s: fc.Scheduler,
  programs: readonly (readonly Step[])[],
  inner: SyncEngine,
  faults: readonly Fault[] = [],
) {
  const [said, called] = [createHistory(), createHistory()];
  const turn = async (): Promise<void> => {
    await s.schedule(Promise.resolve());
  };
  const { engine, inject } = faulty(asynchronous(inner, turn));
  const store = await open(recording(engine, called));
  for (const fault of faults) inject(fault);
  await s.waitFor(runClients(programs, store.map<number>('m'), said));
  await s.waitFor(store.close());
  return { said: said.operations(), called: called.operations() };
}

test('whatever overtakes whatever, all words answer as if they were done one by one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), clients, async (s, programs) => {
      const { said, called } = await runScheduled(s, programs, memoryEngine({}, { clock: manualClock() }));
      assert.deepEqual(checkHistory(called), [], 'calls of the engine');
      assert.ok(searchLinearization(said), `words:\n${said.map(show).join('\n')}`);
    }),
    { numRuns: 200 * runs },
  );
});

const faults = fc.array(
  fc.record({
    word: fc.constantFrom(
      'get' as const,
      'write' as const,
      'write' as const,
      'add' as const,
      'commit' as const,
    ),
    nth: fc.integer({ min: 1, max: 8 }),
    when: fc.constantFrom('before' as const, 'after' as const, 'after' as const),
  }),
  { maxLength: 6 },
);

test('with faults in between, what was answered holds, and what is unknown was done once at most', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), clients, faults, async (s, programs, planted) => {
      const inner = memoryEngine({}, { clock: manualClock() });
      const { said, called } = await runScheduled(s, programs, inner, planted);
      assert.deepEqual(checkHistory(called), [], 'calls of the engine');
      assert.ok(searchLinearization(said), `words:\n${said.map(show).join('\n')}`);
    }),
    { numRuns: 100 * runs },
  );
});

test('an engine that loses updates is found', async () => {
  const details = await fc.check(
    fc.asyncProperty(fc.scheduler(), clients, async (s, programs) => {
      const inner = memoryEngine({}, { clock: manualClock() });
      const careless = twisted(inner, {
        // Over whatever stands, as long as something does.
        core: {
          write: (map, key, cell, condition, ifVersion, ...rest) => {
            const { entry } = inner.core.get(map, key);
            return inner.core.write(
              map,
              key,
              cell,
              condition,
              ifVersion === 0 ? 0 : (entry?.version ?? 0),
              ...rest,
            );
          },
        },
      });
      const { said, called } = await runScheduled(s, programs, careless);
      assert.equal(checkHistory(called).length > 0 || !searchLinearization(said), false);
    }),
    { numRuns: 300, endOnFailure: true },
  );
  assert.ok(details.failed, 'no program of 300 found it');
});

test('who joins a load is told a value that stands, not one that was removed before it asked', async () => {
  const inner = memoryEngine({}, { clock: manualClock() });
  let held: (() => void) | undefined;
  let hold = false;
  const slow = twisted(inner, {
    core: {
      write: (...args) => {
        hold = held === undefined;
        return inner.core.write(...args);
      },
    },
  });
  const turn = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (!hold) return;
    hold = false;
    await new Promise<void>((resolve) => (held = resolve));
  };
  const store = await open(asynchronous(slow, turn));
  const map = store.map<number>('m');
  const first = map.getOrInsertComputed('a', () => 1);
  while (held === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await map.delete('a'), true, 'the first value was written and is removed');
  const second = map.getOrInsertComputed('a', () => 2);
  held();
  assert.equal(await first, 1);
  const told = await second;
  assert.equal(await map.get('a'), told);
  await store.close();
});
