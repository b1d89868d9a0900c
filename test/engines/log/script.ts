// A script with every kind of record, and what it promised at each of its points.
import type { ManualClock } from '../../../src/conformance/manual-clock.ts';
import type { Block } from '../../../src/contract/services.ts';
import { contentOf, FORMAT, type OpenedLog, openLog, wordsOf } from './fixture.ts';
import { type Disk, randomOf, type TracedFiles, tracedFiles } from './trace.ts';

/** What stood at a point of a script. */
export interface Moment {
  readonly content: string;
  readonly version: number;
  /** The time, in milliseconds. */
  readonly now: number;
  /** Operations of the disk before it could be seen, and before it was promised to outlive a loss of power. */
  readonly acceptedAt: number;
  ackedAt: number;
}

export interface Run {
  readonly files: TracedFiles;
  readonly moments: readonly Moment[];
}

export interface ScriptOptions {
  /** How often its writes are repeated; the store is opened anew in between. */
  readonly rounds: number;
  readonly durability?: 'disk' | 'os';
  readonly seed?: number;
  readonly begin?: Disk;
  readonly segmentBytes?: number;
  /** Values are so many times as long. */
  readonly scale?: number;
}

/** Runs the script. */
export async function runScript(options: ScriptOptions): Promise<Run> {
  const { rounds, durability = 'disk', seed = 1, begin, segmentBytes = 4096, scale = 1 } = options;
  const files = tracedFiles(begin);
  const script = new Script(files, randomOf(seed), scale, async (clock) =>
    openLog(files, { durability, segmentBytes }, clock),
  );
  await script.begin();
  for (let round = 0; round < rounds; round++) await script.round(round);
  await script.end();
  return { files, moments: script.moments };
}

class Script {
  readonly moments: Moment[] = [];
  readonly #files: TracedFiles;
  readonly #random: () => number;
  readonly #scale: number;
  readonly #open: (clock?: ManualClock) => Promise<OpenedLog>;
  #log!: OpenedLog;
  /** Operations before what is done now. */
  #from = 0;

  constructor(
    files: TracedFiles,
    random: () => number,
    scale: number,
    open: (clock?: ManualClock) => Promise<OpenedLog>,
  ) {
    this.#files = files;
    this.#random = random;
    this.#scale = scale;
    this.#open = open;
  }

  async begin(): Promise<void> {
    this.#log = await this.#open();
    const now = this.#log.clock.now();
    this.moments.push({ content: '', version: 0, now, acceptedAt: 0, ackedAt: 0 });
    this.#seen();
    await this.#acked();
  }

  async round(round: number): Promise<void> {
    const log = this.#log;
    for (const write of writesOf(log, round, this.#random, this.#scale)) {
      write();
      this.#seen();
      if (this.#random() < 0.4) await this.#acked();
    }
    await this.#acked();
    await log.clock.tick(30);
    this.#seen();
    await this.#acked();
    const view = await log.engine.view(undefined);
    const compacting = log.engine.compact(() => undefined);
    for await (const block of view.blocks()) void block;
    view.close();
    await compacting;
    await this.#step();
    await load(log, round);
    await this.#step();
    const gone = wordsOf(log, 'gone');
    gone.set('x', `${round}`);
    this.#seen();
    log.engine.maps.drop(gone.id());
    await this.#step();
    await this.#close();
    this.#log = await this.#open(log.clock);
    await this.#step();
  }

  async end(): Promise<void> {
    const last = wordsOf(this.#log, 'm');
    last.set('last', 'word');
    await this.#step();
    await this.#close();
  }

  /** What was closed in order outlives everything. */
  async #close(): Promise<void> {
    const { content, version, now } = this.moments.at(-1) as Moment;
    await this.#log.engine.close();
    const at = this.#files.ops.length;
    this.moments.push({ content, version, now, acceptedAt: at, ackedAt: at });
    this.#from = at;
  }

  async #step(): Promise<void> {
    this.#seen();
    await this.#acked();
  }

  #seen(): void {
    const { state, clock } = this.#log;
    this.moments.push({
      content: contentOf(state),
      version: state.version,
      now: clock.now(),
      acceptedAt: this.#from,
      ackedAt: Infinity,
    });
  }

  async #acked(): Promise<void> {
    const count = this.moments.length;
    const { engine, state } = this.#log;
    await engine.durable?.(state.version);
    this.#from = this.#files.ops.length;
    if (state.settings.durability === 'os') return;
    for (const moment of this.moments.slice(0, count)) {
      moment.ackedAt = Math.min(moment.ackedAt, this.#from);
    }
  }
}

/** The writes of a round, in an order that the numbers say. */
function writesOf(
  log: OpenedLog,
  round: number,
  random: () => number,
  scale: number,
): readonly (() => void)[] {
  const words = wordsOf(log);
  const other = wordsOf(log, 'other');
  const text = (base: string, times: number): string => base.repeat(Math.ceil(times * scale));
  const writes: (() => void)[] = [
    ...Array.from({ length: 6 }, (_, n) => () => words.set(`k${n}`, text(`${round}.${n} `, 1 + n * 3))),
    () => words.remove('k1'),
    () => words.add('n', 7),
    () => words.set('short', text('lives', 1), 20),
    () => words.newer('stamped', text('new', 1), 10 + round),
    () => words.newer('never', undefined, 10 + round),
    () => words.newer('stamped', undefined, 100 + round),
    () => words.many({ a: `a${round}`, b: `b${round}`, k2: undefined, c: text('c', 200) }),
    () => words.set('ünïcode €', text('é', 1)),
    () => other.set('x', text('x', 900 * random())),
    () => other.set('y', round),
    () => words.clear('a', 'c'),
    () => other.set('x', text('short', 1)),
    () => log.engine.maps.reshape(other.id(), round + 1),
  ];
  const order = writes.map((write) => ({ write, at: random() }));
  return order.sort((one, two) => one.at - two.at).map(({ write }) => write);
}

async function load({ engine }: OpenedLog, round: number): Promise<void> {
  const entries = Array.from({ length: 5 }, (_, n) => ({
    key: `l${n}`,
    value: Buffer.from(`loaded ${round}.${n}`),
    version: n + 1,
    expiresAt: 0,
    shape: 0,
    stamp: n === 0 ? 5 : undefined,
  }));
  async function* blocks(): AsyncGenerator<Block> {
    yield { kind: 'entries', map: 1, entries };
  }
  await engine.load({ maps: [{ id: 1, name: 'loaded', ...FORMAT }], blocks: blocks(), replace: true });
}
