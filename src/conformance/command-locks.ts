import assert from 'node:assert/strict';
import { StoreError } from '../base/errors.ts';
import type { Command } from './command.ts';
import type { HeldLock, World } from './command-world.ts';

type Run = (world: World, command: Command) => Promise<void>;

/** The words about locks; those of a lock that is not held do nothing. */
export const lockWords: Readonly<
  Record<'tryLock' | 'commit' | 'save' | 'remove' | 'refresh' | 'release', Run>
> = {
  async tryLock(world, { map, face, key, value }) {
    const name = nameOf(map, key);
    const lock = await world.words(map, face).tryLock(key, { initial: value, label: name });
    assert.equal(lock === undefined, world.locks.has(name), 'tryLock');
    if (lock === undefined) return;
    const current = world.model.entry(map, key);
    world.same(lock.entry, current, 'entry of a lock');
    assert.deepEqual(lock.value, current === undefined ? value : current.value, 'draft of a lock');
    world.learnFence(map, key, lock.fence);
    world.locks.set(name, { lock, seen: current?.version ?? 0 });
  },

  async commit(world, command) {
    const held = heldBy(world, command);
    if (held === undefined) return;
    world.locks.delete(nameOf(command.map, command.key));
    await write(world, command, held, 'commit');
  },

  async save(world, command) {
    const held = heldBy(world, command);
    if (held !== undefined) await write(world, command, held, 'save');
  },

  async remove(world, command) {
    const held = heldBy(world, command);
    if (held === undefined) return;
    const { map, key } = command;
    world.locks.delete(nameOf(map, key));
    const current = world.model.entry(map, key);
    if ((current?.version ?? 0) !== held.seen) await assert.rejects(held.lock.delete(), isConflict);
    else assert.equal(await held.lock.delete(), world.model.delete(map, key).ok, 'delete of a lock');
  },

  async refresh(world, command) {
    const held = heldBy(world, command);
    if (held === undefined) return;
    const current = world.model.entry(command.map, command.key);
    world.same(await held.lock.refresh(), current, 'refresh');
    held.seen = current?.version ?? 0;
  },

  async release(world, command) {
    const held = heldBy(world, command);
    world.locks.delete(nameOf(command.map, command.key));
    await held?.lock.release();
  },
};

/** Writes through a lock: done over the version it has read, `CONFLICT` over any other. */
async function write(
  world: World,
  { map, key, value, ttl }: Command,
  held: HeldLock,
  word: 'commit' | 'save',
): Promise<void> {
  const current = world.model.entry(map, key);
  const options = ttl === undefined ? {} : { ttlMs: ttl };
  if ((current?.version ?? 0) !== held.seen) {
    await assert.rejects(held.lock[word](value, options), isConflict);
    return;
  }
  const entry = await held.lock[word](value, options);
  const written = world.model.set(map, key, value, undefined, ttl ?? 'keep');
  if (written.ok) world.learn(map, key, written.version, entry.version, word);
  world.same(entry, world.model.entry(map, key), word);
  held.seen = world.model.entry(map, key)?.version ?? 0;
}

function heldBy(world: World, { map, key }: Command): HeldLock | undefined {
  return world.locks.get(nameOf(map, key));
}

function nameOf(map: string, key: string): string {
  return `${map}/${key}`;
}

function isConflict(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'CONFLICT';
}
