import type { CallOptions } from '../contract/calls.ts';
import type { Engine } from '../contract/engine.ts';
import { limited } from './call-limits.ts';
import type { MapContext } from './context.ts';
import { engineState, voidClaims } from './engine-state.ts';
import { whenFree } from './waiting.ts';

/** Any key will do to learn the newest version. */
const ANY_KEY = '0';

/** Resolves when all that was accepted so far is durable. */
export function whenDurable(context: MapContext, options: CallOptions | undefined): Promise<void> {
  return limited('durable', options, context.engine.clock, async (call) => {
    call.check();
    context.checkOpen();
    if (context.engine.durable !== undefined) await allDurable(context.engine, await context.idAsync());
  });
}

/** Removes all entries and the stored format; every handle of the map compares formats anew. */
export async function dropMap(context: MapContext): Promise<void> {
  const { engine } = context;
  const id = engine.form === 'sync' ? context.id() : await context.idAsync();
  if (engine.form === 'sync') await whenFree(engine, () => engine.maps.drop(id));
  else await engine.maps.drop(id);
  voidClaims(engineState(engine), context.name);
  context.remote?.near?.restart();
  await allDurable(engine, id);
}

/** @param map - the id of any map of the engine, dropped or not */
async function allDurable(engine: Engine, map: number): Promise<void> {
  const { at } = engine.form === 'sync' ? engine.core.get(map, ANY_KEY) : await engine.core.get(map, ANY_KEY);
  await engine.durable?.(at);
}
