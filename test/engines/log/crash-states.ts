// Every state in which a crash may leave the disk, while a script runs and while it is recovered.
import { createHash } from 'node:crypto';
import type { Clock } from '../../../src/base/clock.ts';
import { openState, readState } from '../../../src/engines/log/opening.ts';
import type { State } from '../../../src/engines/log/state.ts';
import type { Files } from '../../../src/fs/files.ts';
import { logSettings } from '../../../src/engines/log/options.ts';
import { contentOf } from './fixture.ts';
import { type Moment, type ScriptOptions, runScript } from './script.ts';
import { CrashDisk, type Disk, randomOf, tracedFiles } from './trace.ts';

/** What must hold whatever a crash leaves behind. */
export const INVARIANTS = [
  'a crash is never taken for damage',
  'no acknowledged write is lost',
  'nothing is served that nobody wrote',
  'no deleted or expired key returns',
  'what is recovered is a prefix of what was accepted',
  'versions are never used again, also those of writes that were seen and lost',
  'recovery is idempotent, also when it is crashed itself',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Found {
  /** Operations of the disk. */
  operations: number;
  /** States that were made: by a crash of the script, and by a crash of a recovery. */
  states: number;
  recoveries: number;
  /** Those that were opened: no two of one script, or of one recovery, are the same. */
  opened: number;
  readonly violations: { readonly invariant: Invariant; readonly text: string }[];
}

interface CrashOptions extends ScriptOptions {
  /** How many subsets of what is not durable are tried at each operation, when they are too many for all. */
  readonly subsets: number;
  /** How many torn writes are tried at each operation; all unless said. */
  readonly torn?: number;
  /** One state of so many is opened to the end and crashed again meanwhile. */
  readonly againEvery?: number;
}

/** Scripts, one for each seed from the first on, until there were so many states. */
export interface ManyCrashes extends CrashOptions {
  readonly durability: 'disk' | 'os';
  readonly seed: number;
  readonly states: number;
}

const SETTINGS = logSettings({ dir: 'test', segmentBytes: 4096, compactAt: 1, historyLimit: 16 });
const EMPTY = new Uint8Array(0);
/** So many violations are enough. */
const ENOUGH = 20;

/** {@link crashEverywhere}, for one seed after the other. */
export async function crashMany({ states, ...options }: ManyCrashes): Promise<Found> {
  const all: Found = { operations: 0, states: 0, recoveries: 0, opened: 0, violations: [] };
  for (let { seed } = options; all.states + all.recoveries < states && all.violations.length === 0; seed++) {
    const found = await crashEverywhere({ ...options, seed });
    all.operations += found.operations;
    all.states += found.states;
    all.recoveries += found.recoveries;
    all.opened += found.opened;
    all.violations.push(...found.violations);
  }
  return all;
}

/** Runs the script, and recovers from every state that a crash at each of its operations may leave. */
async function crashEverywhere(options: CrashOptions): Promise<Found> {
  const { seed = 1, subsets, torn = Infinity, againEvery = 400 } = options;
  const { files, moments } = await runScript(options);
  const random = randomOf(seed);
  const looked = new Set<string>();
  const digests = new Digests();
  const disk = new CrashDisk();
  const found: Found = { operations: files.ops.length, states: 0, recoveries: 0, opened: 0, violations: [] };
  for (let at = 0; at <= files.ops.length && found.violations.length < ENOUGH; at++) {
    const op = files.ops[at];
    const judge = new Judge(moments, at, `seed ${seed}, operation ${at} (${op?.kind ?? 'end'})`, found);
    for (const crashed of disk.states(op, random, subsets, torn)) {
      found.states++;
      const digest = digests.of(crashed);
      if (looked.has(digest)) continue;
      looked.add(digest);
      found.opened++;
      if (looked.size % againEvery === 0) await judge.twice(crashed, random);
      else await judge.look(crashed);
    }
    if (op !== undefined) disk.pass(op);
  }
  return found;
}

/** Knows what may be found after a crash during one operation. */
class Judge {
  readonly #found: Found;
  readonly #moments: readonly Moment[];
  readonly #accepted: readonly Moment[];
  readonly #acked: number;
  readonly #contents: ReadonlySet<string>;
  readonly #where: string;
  readonly #now: number;
  /** Stands still, and nothing comes of what is put off. */
  readonly #clock: Clock;
  readonly #version: number;

  constructor(moments: readonly Moment[], at: number, where: string, found: Found) {
    this.#found = found;
    this.#where = where;
    this.#accepted = moments.filter(({ acceptedAt }) => acceptedAt <= at);
    this.#acked = Math.max(
      0,
      moments.findLastIndex(({ ackedAt }) => ackedAt <= at),
    );
    this.#moments = moments.slice(this.#acked).filter(({ acceptedAt }) => acceptedAt <= at);
    this.#now = Math.max(...this.#moments.map(({ now }) => now));
    this.#clock = { now: () => this.#now, after: () => () => undefined };
    this.#version = Math.max(...this.#moments.map(({ version }) => version));
    this.#contents = new Set(
      this.#moments.flatMap(({ content }) => [content, unexpired(content, this.#now)]),
    );
  }

  /** Recovers, and looks at what is there. */
  async look(crashed: Disk): Promise<void> {
    await this.#find(async () => this.#read(tracedFiles(crashed)));
  }

  /** Opens, and crashes again at each operation of the opening. */
  async twice(crashed: Disk, random: () => number): Promise<void> {
    const files = tracedFiles(crashed);
    const first = await this.#find(async () => openState(files, SETTINGS, this.#clock));
    if (first === undefined) return;
    const second = new CrashDisk(crashed);
    const looked = new Set<string>();
    const digests = new Digests();
    for (const step of files.ops) {
      for (const again of second.states(step, random, 16, 64)) {
        this.#found.recoveries++;
        const digest = digests.of(again);
        if (looked.has(digest)) continue;
        looked.add(digest);
        this.#found.opened++;
        const found = await this.#find(async () => this.#read(tracedFiles(again)));
        if (found === undefined || found === first) continue;
        this.#violated(
          'recovery is idempotent, also when it is crashed itself',
          `${first}\n--- then\n${found}`,
        );
      }
      second.pass(step);
    }
  }

  async #read(files: Files): Promise<State> {
    const { state } = await readState(files, SETTINGS, this.#clock);
    return state;
  }

  /** What is found is judged and returned, unless there is nothing. */
  async #find(open: () => Promise<State>): Promise<string | undefined> {
    try {
      const state = await open();
      const content = contentOf(state);
      this.#judge(content, state.version);
      return content;
    } catch (error) {
      this.#violated('a crash is never taken for damage', String(error));
      return undefined;
    }
  }

  #judge(content: string, version: number): void {
    if (version < this.#version) {
      this.#violated(
        'versions are never used again, also those of writes that were seen and lost',
        `${version}, after ${this.#version}`,
      );
    }
    if (this.#contents.has(content)) return;
    const text = `found\n${content}\n--- instead of\n${this.#moments.map((each) => each.content).join('\n--- or\n')}`;
    this.#violated(this.#blame(content), text);
  }

  /** Which promise is broken by a content that is not allowed. */
  #blame(content: string): Invariant {
    const older = this.#accepted.some(
      (each) => each.content === content || unexpired(each.content, this.#now) === content,
    );
    if (older) return 'no acknowledged write is lost';
    const ever = new Set(this.#accepted.flatMap((each) => each.content.split('\n')));
    const lines = content.split('\n');
    if (lines.some((line) => !ever.has(line))) return 'nothing is served that nobody wrote';
    const keys = new Set(this.#moments.flatMap((each) => each.content.split('\n').map(keyOf)));
    if (lines.some((line) => !keys.has(keyOf(line)))) return 'no deleted or expired key returns';
    return 'what is recovered is a prefix of what was accepted';
  }

  #violated(invariant: Invariant, text: string): void {
    this.#found.violations.push({ invariant, text: `${this.#where}: ${text}` });
  }
}

function keyOf(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf('=')));
}

/** What is left of a content at a time. */
function unexpired(content: string, now: number): string {
  const stands = (line: string): boolean => {
    const expiresAt = Number(/#(\d+)$/.exec(line)?.[1] ?? 0);
    return expiresAt === 0 || expiresAt > now;
  };
  return content.split('\n').filter(stands).join('\n');
}

/** Tells disks apart; what many of them share is summed once. */
class Digests {
  readonly #ofBytes = new WeakMap<Uint8Array, string>();

  of(disk: Disk): string {
    const names = Array.from(disk.keys()).sort();
    return names.map((name) => `${name}:${this.#sum(disk.get(name) ?? EMPTY)}`).join();
  }

  #sum(bytes: Uint8Array): string {
    let sum = this.#ofBytes.get(bytes);
    if (sum === undefined) {
      sum = createHash('sha1').update(bytes).digest('base64');
      this.#ofBytes.set(bytes, sum);
    }
    return sum;
  }
}
