// The registry, on every engine.
import assert from 'node:assert/strict';
import { eventually, fault, turns, wrong } from '../../src/conformance/assertions.ts';
import { openRegistry } from '../../src/recipes/index.ts';
import type { Changes, Registered, Registration, RegistryChange } from '../../src/recipes/index.ts';
import type { ManualClock } from '../../src/conformance/manual-clock.ts';
import type { VersionedMap } from '../../src/contract/versioned-map.ts';
import { onEveryEngine } from './engines.ts';
import type { Bench } from './engines.ts';

const mapOf = ({ store }: Bench) => store.map<Registered<string>>('m');

async function must<Value>(
  outcome: Promise<{ readonly ok: boolean; readonly registration?: Registration<Value> }>,
): Promise<Registration<Value>> {
  const { registration } = await outcome;
  return registration ?? assert.fail('the name was taken');
}

/** Time for one heartbeat, and for what it writes. */
async function beat(
  clock: ManualClock,
  ms: number,
  map: VersionedMap<Registered<string>>,
  names: string[],
): Promise<void> {
  const versions = (): Promise<number[]> =>
    Promise.all(names.map(async (name) => (await map.entry(name))?.version ?? 0));
  await map.durable();
  await turns(10);
  const before = await versions();
  await clock.tick(ms);
  await eventually('the lease is renewed', async () =>
    (await versions()).every((version, i) => version > (before[i] ?? 0)),
  );
}

/** The next changes, without who owns what. */
async function next(changes: Changes<RegistryChange<string>>, count: number): Promise<unknown[]> {
  const told: unknown[] = [];
  while (told.length < count) {
    const { value } = await changes.next();
    if (value.type === 'live') told.push('live');
    else if (value.type === 'departed') told.push([value.reason, value.name, value.value]);
    else told.push([value.type, value.name, value.value]);
  }
  return told;
}

onEveryEngine('registry: a name has one owner, and only the owner gives it back', async (bench) => {
  const [one, two] = [openRegistry(mapOf(bench)), openRegistry(mapOf(bench))];
  const outcomes = await Promise.all(
    [one, two, one, two].map((registry, i) => registry.register('a', `v${i}`)),
  );
  assert.deepEqual(outcomes.filter(({ ok }) => ok).length, 1);
  const [winner, loser] = outcomes[0]?.ok === true || outcomes[2]?.ok === true ? [one, two] : [two, one];
  const [refused] = outcomes.filter(({ ok }) => !ok);
  assert.equal(refused?.ok === false && refused.current?.value.owner, winner.owner);
  assert.equal(await loser.unregister('a'), false);
  assert.equal(await loser.get('a'), await winner.get('a'));
  assert.equal(await winner.unregister('a'), true);
  assert.equal(await winner.unregister('a'), false);
  assert.equal(await one.get('a'), undefined);
  assert.equal((await loser.register('a', 'x')).ok, true);
  await one.close();
  await two.close();
  await two.close();
  assert.equal(await mapOf(bench).count(), 0, 'closing unregisters');
  await fault('CLOSED', () => two.register('a', 'x'));
});

onEveryEngine('registry: list is in the order of names, below a prefix', async (bench) => {
  const registry = openRegistry(mapOf(bench), { owner: 'me' });
  for (const name of ['eu/b', 'us/a', 'eu/a']) await registry.register(name, name.toUpperCase());
  const names: unknown[] = [];
  for await (const { name, value, owner } of registry.list('eu/')) names.push([name, value, owner]);
  assert.deepEqual(names, [
    ['eu/a', 'EU/A', 'me'],
    ['eu/b', 'EU/B', 'me'],
  ]);
  await registry.close();
});

onEveryEngine('registry: a heartbeat keeps a name, and the loss of it is told', async (bench) => {
  const { clock } = bench;
  const map = mapOf(bench);
  const registry = openRegistry(map, { leaseMs: 900 });
  const held = await must(registry.register('a', 'x'));
  for (let i = 0; i < 5; i++) await beat(clock, 300, map, ['a']);
  assert.equal(held.lost.aborted, false);
  await map.delete('a');
  await eventually('the loss is told', () => held.lost.aborted);
  assert.equal((held.lost.reason as { code: string }).code, 'LOCK_LOST');
  await fault('LOCK_LOST', () => held.update('y'));
  assert.equal(await held.unregister(), false);
  assert.equal((await registry.register('a', 'z')).ok, true);
  await registry.close();
});

onEveryEngine('registry: the name of an owner that died comes free', async (bench) => {
  const { store, clock, untilExpiredMs } = bench;
  const dead = openRegistry(store.map<Registered<string>>('m'), { leaseMs: 1_000 });
  const alive = openRegistry(mapOf(bench), { leaseMs: 1_000 });
  const map = mapOf(bench);
  const held = await must(dead.register('a', 'x'));
  const record = await map.get('a');
  assert.equal((await alive.register('a', 'y')).ok, false);
  // As if it had died: what stands is no longer renewed.
  await map.set('a', { ...(record ?? assert.fail()), id: 'of the dead' }, { ttlMs: 1_000 });
  await eventually('it knows', () => held.lost.aborted);
  await clock.tick(untilExpiredMs(1_000));
  const next = await must(alive.register('a', 'y'));
  assert.equal(next.lost.aborted, false);
  await alive.close();
  await dead.close();
});

onEveryEngine('registry: the same owner takes over what it left behind', async (bench) => {
  const map = mapOf(bench);
  await map.set('a', { owner: 'worker', id: 'old', value: 'x', revision: 0, sinceMs: 0 });
  const other = openRegistry(map, { owner: 'other' });
  assert.equal((await other.register('a', 'y')).ok, false);
  const again = openRegistry(map, { owner: 'worker' });
  assert.equal((await again.register('a', 'z')).ok, true);
  assert.equal((await again.register('a', 'z')).ok, false, 'not twice');
  assert.equal(await other.get('a'), 'z');
  await again.close();
  await other.close();
});

onEveryEngine('registry: arrivals, changes and departures are told, heartbeats are not', async (bench) => {
  const { clock, untilExpiredMs } = bench;
  const map = mapOf(bench);
  const registry = openRegistry(map, { leaseMs: 90_000 });
  const early = await must(registry.register('eu/early', 'x'));
  const changes = registry.watch({ prefix: 'eu/' });
  assert.deepEqual(await next(changes, 2), [['arrived', 'eu/early', 'x'], 'live']);
  await registry.register('us/a', 'x');
  const late = await must(registry.register('eu/late', 'y'));
  await beat(clock, 30_000, map, ['eu/early', 'eu/late', 'us/a']);
  await late.update('z');
  assert.equal(late.value, 'z');
  await beat(clock, 30_000, map, ['eu/early', 'eu/late', 'us/a']);
  await late.unregister();
  await fault('CLOSED', () => late.update('w'));
  assert.deepEqual(await next(changes, 3), [
    ['arrived', 'eu/late', 'y'],
    ['changed', 'eu/late', 'z'],
    ['unregistered', 'eu/late', 'z'],
  ]);
  await map.set('eu/short', { owner: 'x', id: 'x', value: 's', revision: 0, sinceMs: 0 }, { ttlMs: 100 });
  await clock.tick(untilExpiredMs(100));
  assert.deepEqual(await next(changes, 2), [
    ['arrived', 'eu/short', 's'],
    ['expired', 'eu/short', 's'],
  ]);
  await map.set('eu/early', { owner: 'x', id: 'x', value: 'r', revision: 0, sinceMs: 0 });
  assert.deepEqual(await next(changes, 2), [
    ['replaced', 'eu/early', 'x'],
    ['arrived', 'eu/early', 'r'],
  ]);
  await eventually('the loss is told', () => early.lost.aborted);
  const waiting = changes.next();
  await changes.close();
  assert.equal((await waiting).done, true);
  await registry.close();
});

onEveryEngine('registry: a watcher learns what happened while it was cut off', async (bench) => {
  const map = mapOf(bench);
  const registry = openRegistry(map, { owner: 'me' });
  await registry.register('a', '1');
  await registry.register('b', '2');
  const snapshot = new Uint8Array(await new Response(map.snapshot()).arrayBuffer());
  const changes = registry.watch();
  assert.deepEqual(await next(changes, 3), [['arrived', 'a', '1'], ['arrived', 'b', '2'], 'live']);
  await registry.register('c', '3');
  assert.deepEqual(await next(changes, 1), [['arrived', 'c', '3']]);
  await map.restore(snapshot, { mode: 'replace' });
  assert.deepEqual(await next(changes, 2), [['unregistered', 'c', '3'], 'live']);
  await changes.close();
  await turns(20);
  await registry.close();
});

onEveryEngine('registry: closing the store tells the loss', async (bench) => {
  const held = await must(openRegistry(mapOf(bench)).register('a', 'x'));
  await bench.store.close();
  await eventually('the loss is told', () => held.lost.aborted);
  assert.throws(() => openRegistry(mapOf(bench), wrong({ leaseMs: 5 })), RangeError);
  assert.throws(() => openRegistry(mapOf(bench), wrong({ owner: 5 })), TypeError);
  assert.throws(() => openRegistry(mapOf(bench), wrong({ ttl: 5 })), /unknown option/);
});
