// Durable acceptance: a buffer over a log, against the log itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { now } from '../../harness/clock.mjs';
import { smallValues } from '../memory/values.mjs';
import { quietBuffer } from './door.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const CONCURRENT = 256;
const WRITES = 10_240;

/** @type {Group} */
export const durable = {
  name: 'durable',
  about: `${WRITES} writes, ${CONCURRENT} at a time, each durable before the next of its writer; nothing is drained meanwhile.`,
  sets: ['random'],
  warmups: 1,
  async prepare({ nextPass, samemap }) {
    const folder = mkdtempSync(path.join(tmpdir(), 'samemap-bench-'));
    const log = await samemap.open(`log:${path.join(folder, 'log')}`);
    const map = log.map('bench');
    const store = await samemap.open(`log:${path.join(folder, 'buffer')}`);
    const buffer = await quietBuffer({ store });
    const values = smallValues(WRITES);
    /** Runs writers side by side. */
    const race = async (/** @type {(key: string, value: unknown) => Promise<unknown>} */ write) => {
      const pass = nextPass();
      let next = 0;
      const writer = async () => {
        for (let i = next++; i < WRITES; i = next++) await write(pass[i], values[i]);
      };
      const begin = now();
      await Promise.all(Array.from({ length: CONCURRENT }, writer));
      return now() - begin;
    };
    const cases = [
      { name: 'log map.set', operations: WRITES, manual: () => race((key, value) => map.set(key, value)) },
      {
        name: 'buffer.set',
        operations: WRITES,
        async manual() {
          const spent = await race((key, value) => buffer.set(key, value));
          await buffer.flush();
          return spent;
        },
      },
    ];
    const close = async () => {
      await buffer.close();
      await store.close();
      await log.close();
      rmSync(folder, { recursive: true, force: true });
    };
    return { cases, close };
  },
  goals: [{ name: 'buffer.set / map.set', ours: 'buffer.set', peer: 'log map.set', atLeast: 0.6 }],
};
