import assert from 'node:assert/strict';
import { StoreError } from '../base/errors.ts';
import type { Entry } from '../contract/entry.ts';
import { DELETE, KEEP } from '../contract/symbols.ts';
import { collect } from './assertions.ts';
import type { Command, CommandWord } from './command.ts';
import { conditionsOf, deleteConditionsOf } from './command-conditions.ts';
import { lockWords } from './command-locks.ts';
import type { World } from './command-world.ts';
import type { ModelStep } from './model.ts';

type Run = (world: World, command: Command) => Promise<void>;

/** What each word does to a store, and to the model. */
export const words: Readonly<Record<CommandWord, Run>> = {
  ...lockWords,

  async get(world, { map, face, key }) {
    assert.deepEqual(await world.words(map, face).get(key), world.model.entry(map, key)?.value, 'get');
  },

  async entry(world, { map, face, key }) {
    world.same(await world.words(map, face).entry(key), world.model.entry(map, key), 'entry');
  },

  async has(world, { map, face, key }) {
    assert.equal(await world.words(map, face).has(key), world.model.entry(map, key) !== undefined, 'has');
  },

  async getMany(world, { map, face, key, others }) {
    const keys = [key, ...others, key];
    const expected = keys.map((each) => world.model.entry(map, each)?.value);
    assert.deepEqual(await world.words(map, face).getMany(keys), expected, 'getMany');
  },

  async set(world, command) {
    const { map, face, key, value, ttl } = command;
    const conditions = conditionsOf(world, command);
    const options = ttl === undefined ? {} : { ttlMs: ttl };
    const expected = world.model.set(map, key, value, conditions?.model, ttl);
    const to = world.words(map, face);
    if (conditions === undefined) {
      const entry = await to.set(key, value, options);
      world.sameOutcome(map, key, { ok: true, version: entry.version, entry }, expected, 'set');
    } else {
      const outcome = await to.set(key, value, { ...options, ...conditions.real });
      world.sameOutcome(map, key, outcome, expected, 'set under a condition');
    }
  },

  async delete(world, command) {
    const { map, face, key } = command;
    const conditions = deleteConditionsOf(world, command);
    const expected = world.model.delete(map, key, conditions?.model);
    const to = world.words(map, face);
    if (conditions === undefined) assert.equal(await to.delete(key), expected.ok, 'delete');
    else
      world.sameOutcome(
        map,
        key,
        await to.delete(key, conditions.real),
        expected,
        'delete under a condition',
      );
  },

  async take(world, { map, face, key }) {
    const expected = world.model.entry(map, key);
    world.model.delete(map, key);
    world.same(await world.words(map, face).take(key), expected, 'take');
  },

  async getOrInsert(world, { map, face, key, value }) {
    const current = world.model.entry(map, key);
    const expected = current === undefined ? value : current.value;
    assert.deepEqual(await world.words(map, face).getOrInsert(key, value), expected, 'getOrInsert');
    await settle(world, map, key, value);
  },

  async getOrInsertComputed(world, { map, face, key, value }) {
    const current = world.model.entry(map, key);
    let calls = 0;
    const make = (): unknown => {
      calls++;
      return value;
    };
    const actual = await world.words(map, face).getOrInsertComputed(key, make);
    assert.deepEqual(actual, current === undefined ? value : current.value, 'getOrInsertComputed');
    assert.equal(calls, current === undefined ? 1 : 0, 'calls of the loader');
    await settle(world, map, key, value);
  },

  async swap(world, { map, face, key, value }) {
    const expected = world.model.entry(map, key);
    world.same(await world.words(map, face).swap(key, value), expected, 'swap');
    const { version } = (await world.words(map, face).entry(key)) ?? { version: 0 };
    const written = world.model.set(map, key, value);
    if (written.ok) world.learn(map, key, written.version, version, 'swap');
  },

  async update(world, { map, face, key, value, amount }) {
    const next = amount % 4 === 0 ? DELETE : amount % 4 === 1 ? KEEP : value;
    const current = world.model.entry(map, key);
    const actual = await world.words(map, face).update(key, (seen, entry) => {
      assert.deepEqual(seen, current?.value, 'what update was given');
      world.same(entry, current, 'the entry that update was given');
      return next;
    });
    if (next === KEEP || (next === DELETE && current === undefined)) {
      world.same(actual, current, 'update that keeps');
    } else if (next === DELETE) {
      world.model.delete(map, key);
      assert.equal(actual, undefined, 'update that deletes');
    } else {
      const written = world.model.set(map, key, value, undefined, 'keep');
      if (written.ok) world.learn(map, key, written.version, actual?.version ?? 0, 'update');
      world.same(actual, world.model.entry(map, key), 'update');
    }
  },

  async add(world, { map, face, key, amount }) {
    const current = world.model.entry(map, key);
    const value = current === undefined ? 0 : current.value;
    const to = world.words(map, face);
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      await assert.rejects(to.add(key, amount), isFault('INVALID_VALUE'));
    } else if (!Number.isSafeInteger(value + amount)) {
      await assert.rejects(to.add(key, amount), isFault('LIMIT'));
    } else {
      assert.equal(await to.add(key, amount), value + amount, 'add');
      const { version } = (await to.entry(key)) ?? { version: 0 };
      const written = world.model.set(map, key, value + amount, undefined, 'keep');
      if (written.ok) world.learn(map, key, written.version, version, 'add');
    }
  },

  async touch(world, { map, face, key, ttl }) {
    const until = typeof ttl === 'number' ? ttl : 'never';
    const current = world.model.entry(map, key);
    const actual = await world.words(map, face).touch(key, until);
    if (current !== undefined) {
      const written = world.model.set(map, key, current.value, undefined, until);
      if (written.ok) world.learn(map, key, written.version, actual?.version ?? 0, 'touch');
    }
    world.same(actual, world.model.entry(map, key), 'touch');
  },

  async setMany(world, command) {
    const { map, face, key, others, value, ttl } = command;
    const conditions = conditionsOf(world, command);
    const rest = ttl === undefined ? {} : { ttlMs: ttl };
    const first = conditions === undefined ? rest : { ...rest, ...conditions.real };
    const items = [[key, value, first] as const, ...others.map((each) => [each, value] as const)];
    const outcomes = await world.words(map, face).setMany(items);
    assert.equal(outcomes.length, items.length, 'number of outcomes');
    for (const [i, [each]] of items.entries()) {
      const expected =
        i === 0
          ? world.model.set(map, key, value, conditions?.model, ttl)
          : world.model.set(map, each, value);
      const outcome = outcomes[i] ?? { ok: false, current: undefined };
      // An entry that was written over by a later item of the same call is not looked at again.
      world.sameOutcome(map, each, outcome, expected, `setMany ${i}`);
    }
  },

  async deleteMany(world, { map, face, key, others }) {
    const keys = [key, ...others];
    const outcomes = await world.words(map, face).deleteMany(keys);
    assert.equal(outcomes.length, keys.length, 'number of outcomes');
    for (const [i, each] of keys.entries()) {
      const expected = world.model.delete(map, each);
      world.sameOutcome(
        map,
        each,
        outcomes[i] ?? { ok: false, current: undefined },
        expected,
        `deleteMany ${i}`,
      );
    }
  },

  async list(world, { map, face, range }) {
    const expected = world.model.list(map, range);
    const actual = await collect(world.words(map, face).list(range));
    assert.deepEqual(
      actual.map(({ key }) => key),
      expected.map(({ key }) => key),
      'keys of list',
    );
    for (const [i, entry] of actual.entries()) world.same(entry, expected[i], 'list');
  },

  async keys(world, { map, face, range }) {
    const expected = world.model.list(map, range).map(({ key }) => key);
    assert.deepEqual(await collect(world.words(map, face).keys(range)), expected, 'keys');
  },

  async values(world, { map, face, range }) {
    const expected = world.model.list(map, range).map(({ value }) => value);
    assert.deepEqual(await collect(world.words(map, face).values(range)), expected, 'values');
  },

  async iterate(world, { map, face }) {
    const expected = world.model.list(map).map(({ key, value }) => [key, value]);
    assert.deepEqual(await collect(world.words(map, face)), expected, 'iteration');
  },

  async count(world, { map, face, range }) {
    const { reverse: _, limit: __, ...span } = range;
    assert.equal(await world.words(map, face).count(span), world.model.list(map, span).length, 'count');
  },

  async clear(world, { map, face, range, amount }) {
    const { reverse: _, limit: __, ...span } = range;
    const part = amount === 0 ? undefined : span;
    assert.equal(await world.words(map, face).clear(part), world.model.clear(map, part), 'clear');
  },

  async atomic(world, command) {
    const { map, face, key, others, value, amount, ttl: _, condition } = command;
    if (world.store.supports.partitions > 1) return;
    const other = map === 'm' ? 'n' : 'm';
    const which = condition?.is === 'stale' || condition?.is === 'invented' ? condition.is : 'current';
    const version = amount % 3 === 0 ? { model: 0, real: 0 } : world.versionFor(which, map, key);
    const steps: ModelStep[] = [
      amount % 2 === 0 ? { map, key, check: version.model } : { map, key, check: version.model, value },
      ...others
        .filter((each, i) => each !== key && others.indexOf(each) === i)
        .map((each, i) => ({
          map: i % 2 === 0 ? other : map,
          key: each,
          value: i % 3 === 2 ? undefined : value,
        })),
    ];
    const atomic = world.atomic(face);
    const maps = { m: world.words('m', face), n: world.words('n', face) };
    for (const step of steps) {
      const to = step.map === 'm' ? maps.m : maps.n;
      if (step.check !== undefined) atomic.check(to, step.key, version.real);
      if (!('value' in step)) continue;
      if (step.value === undefined) atomic.delete(to, step.key);
      else atomic.set(to, step.key, step.value);
    }
    const outcome = await atomic.commit();
    const expected = world.model.atomic(steps);
    assert.equal(outcome.ok, expected.ok, 'ok of atomic');
    if (!outcome.ok) {
      assert.deepEqual([outcome.map, outcome.key], [map, key], 'what failed of atomic');
      // SAFETY: entries of these maps have keys that are strings.
      const current = outcome.current as Entry<unknown> | undefined;
      world.same(current, world.model.entry(map, key), 'current of atomic');
      return;
    }
    for (const step of steps) {
      if (step.value !== undefined)
        world.learn(step.map, step.key, expected.version, outcome.version, 'atomic');
    }
  },

  async nextKey(world, { map }) {
    const next = await world.store.map(map).nextKey();
    assert.match(next, /^[0-9a-z]{13}$/);
    assert.ok(next > world.lastNextKey, `nextKey: ${next} after ${world.lastNextKey}`);
    world.lastNextKey = next;
  },

  async tick(world, { amount }) {
    await world.tick(Math.abs(amount) * 100);
  },
};

/** Brings the model up to date with an insert whose version the store did not tell. */
async function settle(world: World, map: string, key: string, value: unknown): Promise<void> {
  const written = world.model.set(map, key, value, { ifAbsent: true });
  if (!written.ok) return;
  const { version } = (await world.words(map, 'async').entry(key)) ?? { version: 0 };
  world.learn(map, key, written.version, version, 'insert');
}

function isFault(code: StoreError['code']): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === code;
}
