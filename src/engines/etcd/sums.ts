import { VERSION } from '../../contract/condition.ts';
import { KEEP_EXPIRY, type Reply, type Stored } from '../../contract/core.ts';
import { backOff } from './backoff.ts';
import { commit } from './commit.ts';
import { Lines } from './lines.ts';
import { getOne } from './read.ts';
import type { State } from './state.ts';

/**
 * Additions: what stands is read, and the sum written over the version that was read. Those of one key stand in line, and
 * each begins with what the one before it left; where that stands no more, the refusal says what does.
 */
export class Sums {
  readonly #state: State;
  readonly #lines = new Lines();
  /** What the last sum of a key left, while others are in line. */
  readonly #left = new Map<string, Stored>();

  constructor(state: State) {
    this.#state = state;
  }

  async add(map: number, key: string, delta: number, expiresAt: number, shape: number): Promise<Reply> {
    const name = `${map}/${key}`;
    try {
      return await this.#lines.run(name, async () => {
        const reply = await this.#sum(map, key, delta, expiresAt, shape, this.#left.get(name));
        if (reply.ok && reply.entry !== undefined) this.#left.set(name, reply.entry);
        else this.#left.delete(name);
        return reply;
      });
    } finally {
      if (!this.#lines.has(name)) this.#left.delete(name);
    }
  }

  /** @param left - what stood last; `undefined`: it is not known */
  async #sum(
    map: number,
    key: string,
    delta: number,
    expiresAt: number,
    shape: number,
    left: Stored | undefined,
  ): Promise<Reply> {
    const state = this.#state;
    let known: Pick<Reply, 'at' | 'entry'> | undefined = left && { at: left.version, entry: left };
    for (let tries = 0; ; tries++) {
      await backOff(tries);
      known ??= await getOne(state, state.tables.of(map), key);
      const { at, entry } = known;
      const value = entry === undefined ? 0 : entry.value;
      const sum = Number.isSafeInteger(value) ? Number(value) + delta : NaN;
      if (!Number.isSafeInteger(sum)) {
        // What the one before left may not be what stands.
        if (tries > 0 || left === undefined) return { ok: false, at, entry };
        known = undefined;
        continue;
      }
      const done = await commit(
        state,
        [],
        [
          {
            map,
            key,
            cell: sum,
            condition: VERSION,
            ifVersion: entry?.version ?? 0,
            expiresAt: entry === undefined ? expiresAt : KEEP_EXPIRY,
            stamp: undefined,
            shape,
          },
        ],
      );
      if (done.ok) return { ok: true, at: done.at, entry: done.entry };
      known = done;
    }
  }
}
