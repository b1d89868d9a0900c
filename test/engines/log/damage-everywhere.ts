// Logs that are damaged at every byte.
import assert from 'node:assert/strict';
import { StoreError } from '../../../src/base/errors.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { readState } from '../../../src/engines/log/opening.ts';
import { logSettings } from '../../../src/engines/log/options.ts';
import { contentOf } from './fixture.ts';
import { type Moment, runScript } from './script.ts';
import { type Disk, tracedFiles } from './trace.ts';

/** What a log of all kinds of records and segments holds, and what had stood. */
interface Sample {
  readonly disk: Disk;
  readonly moments: readonly Moment[];
}

/** A log that was closed in order. */
export async function sample(scale = 1): Promise<Sample> {
  const { files, moments } = await runScript({ rounds: 2, segmentBytes: 4096 * Math.ceil(scale), scale });
  return { disk: files.disk(), moments };
}

/** One of this length at least, without its hint. */
async function sampleOf(bytes: number): Promise<Sample> {
  for (let scale = 1; ;) {
    const found = await sample(scale);
    found.disk.delete('hint');
    found.disk.delete('reserve');
    const length = logBytes(found.disk);
    if (length >= bytes) return found;
    scale *= Math.max(1.01, bytes / length);
  }
}

function logBytes(disk: Disk): number {
  return Array.from(disk.values()).reduce((sum, { length }) => sum + length, 0);
}

type Outcome = 'corrupt' | 'whole' | 'prefix';

/** Opens a damaged disk again and again. */
export class Opener {
  readonly counts: Record<Outcome, number> = { corrupt: 0, whole: 0, prefix: 0 };
  readonly #last: string;
  readonly #stood: ReadonlySet<string>;
  readonly #clock: Clock;

  constructor({ moments }: Sample) {
    const now = moments.at(-1)?.now ?? 0;
    this.#clock = { now: () => now, after: () => () => undefined };
    this.#last = moments.at(-1)?.content ?? '';
    this.#stood = new Set(moments.map(({ content }) => content));
  }

  async open(disk: Disk, name: string): Promise<Outcome> {
    const outcome = await this.#look(disk, name);
    this.counts[outcome]++;
    return outcome;
  }

  async #look(disk: Disk, name: string): Promise<Outcome> {
    let content: string;
    try {
      content = contentOf((await readState(tracedFiles(disk), SETTINGS, this.#clock)).state);
    } catch (error) {
      assert.ok(error instanceof StoreError && error.code === 'CORRUPT', String(error));
      assert.ok(
        error.message.startsWith(`traced/${name}: `) && / at offset \d+$/.test(error.message),
        error.message,
      );
      return 'corrupt';
    }
    if (content === this.#last) return 'whole';
    assert.ok(this.#stood.has(content), `${name}: found what never stood:\n${content}`);
    return 'prefix';
  }
}

export const SETTINGS = logSettings({ dir: 'test', compactAt: 1, historyLimit: 16 });

/** What became of a log that was damaged at each of its bytes. */
export interface Damaged {
  readonly bytes: number;
  readonly counts: Readonly<Record<Outcome, number>>;
}

/** Cuts a log at every byte, or flips a bit in every byte. */
export async function damageEverywhere(how: 'cut' | 'flip', length: number): Promise<Damaged> {
  const found = await sampleOf(length);
  const opener = new Opener(found);
  for (const [name, bytes] of found.disk) {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = how === 'cut' ? bytes.subarray(0, at) : flipped(bytes, at);
      await opener.open(new Map(found.disk).set(name, damaged), name);
    }
  }
  return { bytes: logBytes(found.disk), counts: opener.counts };
}

export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << (at & 7));
  return copy;
}
