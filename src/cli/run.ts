import type { Call } from './command.ts';
import { EXIT, usage } from './exit.ts';
import { outOf, type Format } from './out.ts';
import { parse, type Chosen } from './parse.ts';
import { report } from './report.ts';
import type { World } from './world.ts';

const ALIVE_MS = 1_000_000_000;

/**
 * Runs one command line to its end.
 *
 * @param argv - what follows the program's name
 * @param version - what `--version` prints
 * @returns the exit code; see {@link EXIT}
 */
export async function run(argv: readonly string[], world: World, version: string): Promise<number> {
  // A reader that went away, as `| head` does, ends the command in silence.
  const output = new AbortController();
  const onBroken = (error: Error): void => output.abort(error);
  world.stdout.on('error', onBroken);
  // What a command waits for, such as a change, need not keep the process alive by itself.
  const alive = setInterval(() => {}, ALIVE_MS);
  let verbose = false;
  try {
    const chosen = parse(argv, world, version);
    if (typeof chosen === 'number') return chosen;
    verbose = chosen.options.verbose === true;
    await execute(chosen, world, output.signal);
    await written(world.stdout);
    return EXIT.ok;
  } catch (error) {
    const reason: unknown = output.signal.aborted ? output.signal.reason : error;
    if (isPipeError(reason)) return EXIT.ok;
    if (world.interrupt?.aborted && !output.signal.aborted) return EXIT.interrupted;
    return report(reason, world, verbose);
  } finally {
    clearInterval(alive);
    world.stdout.off('error', onBroken);
  }
}

async function execute({ spec, options, args }: Chosen, world: World, broken: AbortSignal): Promise<void> {
  const signal = world.interrupt === undefined ? broken : AbortSignal.any([world.interrupt, broken]);
  const format: Format = options.writeOut ?? spec.formats[0];
  if (!spec.formats.includes(format)) {
    throw usage(`this command writes ${spec.formats.join(' or ')}, not ${format}`);
  }
  const call: Call = {
    world,
    globals: options,
    out: outOf(world, format, signal),
    signal,
    limits: { signal, deadlineMs: options.timeout },
  };
  await spec.run(call, options, ...args);
}

/** Waits until all that was written is out. */
function written(stdout: World['stdout']): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write('', (error) => (error ? reject(error) : resolve()));
  });
}

function isPipeError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
