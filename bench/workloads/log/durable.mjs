// Writes that are awaited until they survive the loss of power.
import fs from 'node:fs';
import path from 'node:path';
import { folder, FULL, logDoor, valuesOf } from './disk.mjs';

/** @import { Case, Group } from '../../harness/types.mjs' */

const KEYS = 10_000;

/** Runs so many writers, each awaiting its write before the next. */
async function race(
  /** @type {number} */ writers,
  /** @type {number} */ writes,
  /** @type {(n: number) => unknown} */ write,
) {
  let n = 0;
  const writer = async () => {
    while (n < writes) await write(n++);
  };
  await Promise.all(Array.from({ length: writers }, writer));
}

/** The least that durable means: what was given meanwhile is appended at once and synced once. */
function bareLoop(/** @type {string} */ file) {
  const fd = fs.openSync(file, 'w');
  let at = 0;
  /** @type {{ bytes: Uint8Array, done: () => void }[]} */
  let waiting = [];
  let busy = false;
  const work = () => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) {
      busy = false;
      return;
    }
    const bytes = Buffer.concat(batch.map((each) => each.bytes));
    fs.write(fd, bytes, 0, bytes.length, at, () => {
      fs.fdatasync(fd, () => {
        for (const { done } of batch) done();
        process.nextTick(work);
      });
    });
    at += bytes.length;
  };
  return {
    append: (/** @type {Uint8Array} */ bytes) =>
      new Promise((/** @type {(value?: undefined) => void} */ done) => {
        waiting.push({ bytes, done });
        if (busy) return;
        busy = true;
        process.nextTick(work);
      }),
    close: () => fs.closeSync(fd),
  };
}

/** A peer that may not be installed on this machine. */
async function optional(/** @type {() => Promise<Case>} */ make) {
  try {
    return [await make()];
  } catch (error) {
    console.error(`left out: ${String(error).split('\n', 1)[0]}`);
    return [];
  }
}

/** @returns {Group} */
function durableBy(/** @type {number} */ writers, /** @type {number} */ writes) {
  return {
    name: `durable set, ${writers} at once`,
    about: `A value of 100 bytes is written and awaited until it is on disk, by ${writers} writers at once.`,
    sets: ['hot'],
    rounds: FULL ? 5 : 3,
    warmups: 1,
    async prepare({ samemap }) {
      const { dir, remove } = folder();
      const { logEngine } = await logDoor();
      const value = valuesOf(100);
      const keyOf = (/** @type {number} */ n) => `key:${String((n * 7919) % KEYS).padStart(8, '0')}`;
      const store = await samemap.open(await logEngine({ dir: path.join(dir, 'log') }));
      const map = store.map('m', { codec: samemap.bytes() });
      const bare = bareLoop(path.join(dir, 'bare'));
      const record = () => Buffer.concat([Buffer.alloc(36), value()]);
      const pass = (/** @type {(n: number) => unknown} */ write) => () => race(writers, writes, write);
      /** Those that do not bring waiting writes to the disk together make fewer. */
      const fewer = Math.max(200, writes / 8);
      const slowPass = (/** @type {(n: number) => unknown} */ write) => () => race(writers, fewer, write);
      /** @type {Case[]} */
      const cases = [
        { name: 'log', operations: writes, pass: pass((n) => map.set(keyOf(n), value())) },
        { name: 'append and one fdatasync', operations: writes, pass: pass(() => bare.append(record())) },
      ];
      /** @type {(() => unknown)[]} */
      const ends = [() => store.close(), () => bare.close()];
      cases.push(
        ...(await optional(async () => {
          const lmdb = await import('lmdb');
          const db = lmdb.open({ path: path.join(dir, 'lmdb'), encoding: 'binary' });
          ends.push(() => db.close());
          return { name: 'lmdb', operations: writes, pass: pass((n) => db.put(keyOf(n), value())) };
        })),
        ...(await optional(async () => {
          const { ClassicLevel } = await import('classic-level');
          const db = new ClassicLevel(path.join(dir, 'level'), { valueEncoding: 'buffer' });
          await db.open();
          ends.push(() => db.close());
          const write = (/** @type {number} */ n) => db.put(keyOf(n), value(), { sync: true });
          return { name: 'classic-level', operations: fewer, pass: slowPass(write) };
        })),
        ...(await optional(async () => {
          const { default: Database } = await import('better-sqlite3');
          const db = new Database(path.join(dir, 'sqlite'));
          db.pragma('journal_mode = WAL');
          db.pragma('synchronous = FULL');
          db.exec('CREATE TABLE m (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID');
          const put = db.prepare('INSERT OR REPLACE INTO m VALUES (?, ?)');
          ends.push(() => db.close());
          return {
            name: 'better-sqlite3',
            operations: fewer,
            pass: slowPass((n) => put.run(keyOf(n), value())),
          };
        })),
      );
      const close = async () => {
        for (const end of ends) await end();
        remove();
      };
      return { cases, close };
    },
    goals: [
      { name: 'log / append and one fdatasync', ours: 'log', peer: 'append and one fdatasync', atLeast: 0.7 },
      ...['lmdb', 'classic-level', 'better-sqlite3'].map((peer) => ({
        name: `log / ${peer}`,
        ours: 'log',
        peer,
        ...(writers === 1 ? { atLeast: 0.75 } : writers === 256 ? { atLeast: 5 } : {}),
      })),
    ],
  };
}

export const durable = [durableBy(1, 200), durableBy(16, 3200), durableBy(256, 25_600)];
