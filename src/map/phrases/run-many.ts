import type { CallOptions } from '../../contract/calls.ts';
import { limited } from '../call-limits.ts';
import type { AsyncCore } from '../../contract/core.ts';
import type { MapContext } from '../context.ts';
import { KeyQueue } from '../key-queue.ts';
import { drive } from './drivers.ts';
import type { Phrase } from './phrase.ts';

/** The most writes of one call that are under way at a time. */
const SIDE_BY_SIDE = 128;

interface Step {
  readonly key: string;
}

/**
 * Prepares all steps, then carries them out, each on its own, in shared requests where the engine is far; results
 * in their order. Steps of one key keep their order. A fault of one does not stop the others where they run side by side; then the call
 * fails as the first of them did.
 */
export function runMany<Of extends Step, Result>(
  context: MapContext,
  what: string,
  prepare: Phrase<Of[]>,
  phraseOf: (context: MapContext, step: Of) => Phrase<Result>,
  options: CallOptions | undefined,
  core: AsyncCore | undefined = context.remote?.many,
): Promise<Result[]> {
  const { engine } = context;
  return limited(what, options, engine.clock, async (call) => {
    if (engine.form === 'sync') return await drive(context, inTurn(context, prepare, phraseOf), call);
    const steps = await drive(context, prepare, call);
    return await sideBySide(steps, (step) => drive(context, phraseOf(context, step), call, core));
  });
}

function* inTurn<Of, Result>(
  context: MapContext,
  prepare: Phrase<Of[]>,
  phraseOf: (context: MapContext, step: Of) => Phrase<Result>,
): Phrase<Result[]> {
  const results: Result[] = [];
  for (const step of yield* prepare) results.push(yield* phraseOf(context, step));
  return results;
}

async function sideBySide<Of extends Step, Result>(
  steps: readonly Of[],
  run: (step: Of) => Promise<Result>,
): Promise<Result[]> {
  const queue = new KeyQueue();
  const results: Result[] = [];
  const faults: unknown[] = [];
  const turns = steps.entries();
  const work = async (): Promise<void> => {
    for (const [index, step] of turns) {
      try {
        results[index] = await queue.run(step.key, () => run(step));
      } catch (fault) {
        faults.push(fault);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, steps.length) }, work));
  if (faults.length > 0) throw faults[0];
  return results;
}
