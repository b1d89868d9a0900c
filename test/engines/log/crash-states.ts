// Every state in which a crash may leave the disk, while a script runs and while it is recovered.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { contentOf, openLog, wordsOf } from './fixture.ts';
import { type Moment, runScript } from './script.ts';
import { CrashDisk, type Disk, randomOf, tracedFiles } from './trace.ts';

/** How many states were looked at: in all, different ones, and those of crashed recoveries. */
export interface Counts {
  readonly operations: number;
  states: number;
  readonly different: number;
  recoveries: number;
}

/**
 * Runs the script, and recovers from every state that a crash at each of its operations may leave.
 *
 * @param subsets - how many subsets of what is not durable are tried at each operation, when they are too many for all
 */
export async function crashEverywhere(
  durability: 'disk' | 'os',
  seed: number,
  rounds: number,
  subsets: number,
): Promise<Counts> {
  const { files, moments } = await runScript(rounds, durability);
  const random = randomOf(seed);
  const looked = new Set<string>();
  const disk = new CrashDisk();
  const counts = { operations: files.ops.length, states: 0, recoveries: 0 };
  for (let at = 0; at <= files.ops.length; at++) {
    const op = files.ops[at];
    const allowed = durability === 'disk' ? possible(moments, at) : accepted(moments, at);
    const where = `operation ${at} (${op?.kind ?? 'end'})`;
    for (const crashed of disk.states(op, random, subsets)) {
      counts.states++;
      const digest = digestOf(crashed);
      if (looked.has(digest)) continue;
      looked.add(digest);
      const found = await recovered(crashed, allowed, where);
      // A crash during the recovery of some of them, and once more.
      if (looked.size % 40 !== 0) continue;
      const second = new CrashDisk(crashed);
      for (const step of found.ops) {
        for (const twice of second.states(step, random, 8)) {
          counts.recoveries++;
          const { content } = await recovered(twice, allowed, `${where}, recovered`);
          assert.equal(content, found.content, `${where}: recovery is not idempotent`);
        }
        second.pass(step);
      }
    }
    if (op !== undefined) disk.pass(op);
  }
  return { ...counts, different: looked.size };
}

/** What may be found after a crash during an operation. */
function possible(moments: readonly Moment[], at: number): readonly Moment[] {
  const acked = moments.findLastIndex(({ ackedAt }) => ackedAt <= at);
  return moments.slice(Math.max(0, acked)).filter(({ acceptedAt }) => acceptedAt <= at);
}

/** What stood at some time before an operation. */
function accepted(moments: readonly Moment[], at: number): readonly Moment[] {
  return moments.filter(({ acceptedAt }) => acceptedAt <= at);
}

async function recovered(disk: Disk, allowed: readonly Moment[], where: string) {
  const files = tracedFiles(disk);
  const clock = manualClock();
  await clock.tick(Math.max(...allowed.map(({ now }) => now)) - clock.now());
  const log = await openLog(files, {}, clock).catch((error: unknown) => {
    throw new Error(`${where}: ${String(error)}`, { cause: error });
  });
  const content = contentOf(log.state);
  const moment = allowed.findLast(
    (each) => each.content === content || unexpired(each.content, clock.now()) === content,
  );
  if (moment === undefined) {
    const nearest = allowed.map((each) => each.content).join('\n--- or\n');
    assert.fail(`${where}: found what never stood\n${content}\n--- instead of\n${nearest}`);
  }
  const ops = files.ops.slice();
  // Versions go on above all that were seen.
  const highest = Math.max(...allowed.map(({ version }) => version));
  assert.ok(wordsOf(log).set('next', 1) > highest, `${where}: a version is used again`);
  return { content, ops };
}

/** What is left of a content at a time. */
function unexpired(content: string, now: number): string {
  const stands = (line: string): boolean => {
    const expiresAt = Number(/#(\d+)$/.exec(line)?.[1] ?? 0);
    return expiresAt === 0 || expiresAt > now;
  };
  return content.split('\n').filter(stands).join('\n');
}

function digestOf(disk: Disk): string {
  const hash = createHash('sha1');
  for (const [name, bytes] of [...disk].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}:${bytes.length}:`).update(bytes);
  }
  return hash.digest('base64');
}
