import type { Clock } from '../../base/clock.ts';
import type { AsyncCore } from '../../contract/core.ts';
import { unlessExpired, type NearCopy } from './near-copy.ts';
import { passingCore } from './passing-core.ts';

/** A core that tells a near copy what it writes and sees. */
export function notingCore(core: AsyncCore, near: NearCopy): AsyncCore {
  return passingCore(core, {
    async get(map, key) {
      const reply = await core.get(map, key);
      near.note(key, reply.entry?.version ?? reply.at, reply.entry);
      return reply;
    },
    async getMany(map, keys) {
      const reply = await core.getMany(map, keys);
      near.noteMany(keys, reply);
      return reply;
    },
    async write(map, key, cell, ...rest) {
      const reply = await core.write(map, key, cell, ...rest);
      const stands = reply.ok && cell === undefined ? undefined : reply.entry;
      near.note(key, stands?.version ?? reply.at, stands);
      return reply;
    },
    async add(map, key, ...rest) {
      const reply = await core.add(map, key, ...rest);
      near.note(key, reply.entry?.version ?? reply.at, reply.entry);
      return reply;
    },
    async commit(guards, operations) {
      const reply = await core.commit(guards, operations);
      if (reply.ok) near.noteCommit(operations, reply.at);
      return reply;
    },
    async clear(map, start, end) {
      const reply = await core.clear(map, start, end);
      if (reply.count > 0) near.noteAll();
      return reply;
    },
    async page(...call) {
      const reply = await core.page(...call);
      near.noteAll();
      return reply;
    },
    async count(...call) {
      const reply = await core.count(...call);
      near.noteAll();
      return reply;
    },
  });
}

/**
 * A core whose reads are answered by a near copy where it may.
 *
 * @param noting - asked where the copy may not, for single keys and for writes
 * @param core - asked where the copy may not, for ranges
 * @param least - the version that what is read must have
 */
export function nearCore(
  noting: AsyncCore,
  core: AsyncCore,
  near: NearCopy,
  clock: Clock,
  least: number,
): AsyncCore {
  const rowsOf = async (start: string, end: string | undefined) => {
    return near.oldest >= least && near.holds(start, end) ? await near.rows(true) : undefined;
  };
  return passingCore(noting, {
    async get(map, key) {
      const rows = near.covers(key) ? await near.rows(false) : undefined;
      const entry = unlessExpired(rows?.get(key), clock);
      const at = Math.max(near.reached(key), entry?.version ?? 0);
      if (rows === undefined || at < least) return await noting.get(map, key);
      return { ok: entry !== undefined, at, entry };
    },
    async getMany(map, keys) {
      const copied = near.oldest >= least && keys.every((key) => near.covers(key));
      const rows = copied ? await near.rows(true) : undefined;
      if (rows === undefined) return await noting.getMany(map, keys);
      return { at: near.newest, entries: keys.map((key) => unlessExpired(rows.get(key), clock)) };
    },
    async page(map, start, end, limit, reverse) {
      const rows = await rowsOf(start, end);
      if (rows === undefined) return await core.page(map, start, end, limit, reverse);
      return { at: near.newest, ...rows.page(start, end, limit, reverse, clock.now()) };
    },
    async count(map, start, end) {
      const rows = await rowsOf(start, end);
      if (rows === undefined) return await core.count(map, start, end);
      return { at: near.newest, count: rows.count(start, end, clock.now()) };
    },
  });
}
