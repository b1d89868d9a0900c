// A script with every kind of record, and what it promised at each of its points.
import type { Block } from '../../../src/contract/services.ts';
import { contentOf, FORMAT, type OpenedLog, openLog, wordsOf } from './fixture.ts';
import { type Disk, type TracedFiles, tracedFiles } from './trace.ts';

/** What stood at a point of a script. */
export interface Moment {
  readonly content: string;
  readonly version: number;
  /** The time, in milliseconds. */
  readonly now: number;
  /** Operations of the disk before it could be seen, and before it was acknowledged. */
  readonly acceptedAt: number;
  ackedAt: number;
}

export interface Run {
  readonly files: TracedFiles;
  readonly moments: readonly Moment[];
}

/** Runs the script. @param rounds - how often its writes are repeated */
export async function runScript(
  rounds: number,
  durability: 'disk' | 'os' = 'disk',
  begin?: Disk,
): Promise<Run> {
  const files = tracedFiles(begin);
  const log = await openLog(files, { durability });
  const moments: Moment[] = [];
  const { state, engine, clock } = log;
  let from = files.ops.length;
  const seen = (): void => {
    moments.push({
      content: contentOf(state),
      version: state.version,
      now: clock.now(),
      acceptedAt: from,
      ackedAt: Infinity,
    });
  };
  const acked = async (): Promise<void> => {
    const count = moments.length;
    await engine.durable?.(state.version);
    for (const moment of moments.slice(0, count)) moment.ackedAt = Math.min(moment.ackedAt, files.ops.length);
    from = files.ops.length;
  };
  /** Work during which the content may change at any operation. */
  const during = async (work: () => Promise<unknown>): Promise<void> => {
    await work();
    seen();
    await acked();
  };
  moments.push({ content: '', version: 0, now: clock.now(), acceptedAt: 0, ackedAt: 0 });
  seen();
  await acked();

  for (let round = 0; round < rounds; round++) {
    for (const write of writesOf(log, round)) {
      write();
      seen();
      if (Math.abs(Math.imul(moments.length, 0x9e3779b1)) % 3 === 0) await acked();
    }
    await acked();
    await clock.tick(30);
    seen();
    await acked();
    await during(() => engine.compact(() => undefined));
    await during(() => load(log, round));
  }
  const drop = wordsOf(log, 'gone');
  drop.set('x', 'y');
  seen();
  engine.maps.drop(drop.id());
  seen();
  await acked();
  const { content, version, now } = moments.at(-1) as Moment;
  await engine.close();
  moments.push({ content, version, now, acceptedAt: files.ops.length, ackedAt: files.ops.length });
  return { files, moments };
}

function* writesOf(log: OpenedLog, round: number): Generator<() => void> {
  const words = wordsOf(log);
  const other = wordsOf(log, 'other');
  for (let n = 0; n < 6; n++) yield () => words.set(`k${n}`, `${round}.${n} `.repeat(1 + n * 3));
  yield () => words.remove('k1');
  yield () => words.add('n', 7);
  yield () => words.set('short', 'lives', 20);
  yield () => words.newer('stamped', 'new', 10 + round);
  yield () => words.newer('never', undefined, 10 + round);
  yield () => words.newer('stamped', undefined, 100 + round);
  yield () => words.many({ a: `a${round}`, b: `b${round}`, k2: undefined, c: 'c'.repeat(200) });
  yield () => words.set('ünïcode €', 'é');
  yield () => other.set('x', 'x'.repeat(900));
  yield () => other.set('y', round);
  yield () => words.clear('a', 'c');
  yield () => other.set('x', 'short');
  yield () => log.engine.maps.reshape(other.id(), round + 1);
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
