import type { CallOptions } from '../contract/calls.ts';
import { limited } from './call-limits.ts';
import type { MapContext } from './context.ts';
import { engineState, voidClaims } from './engine-state.ts';

/** Any key will do to learn the newest version. */
const ANY_KEY = '0';

/** Resolves when all that was accepted so far is durable. */
export function whenDurable(context: MapContext, options: CallOptions | undefined): Promise<void> {
  const { engine } = context;
  return limited('durable', options, engine.clock, async (call) => {
    call.check();
    context.checkOpen();
    if (engine.durable === undefined) return;
    const { at } =
      engine.form === 'sync'
        ? engine.core.get(context.id(), ANY_KEY)
        : await engine.core.get(await context.idAsync(), ANY_KEY);
    await engine.durable(at);
  });
}

/** Removes all entries and the stored format; every handle of the map compares formats anew. */
export async function dropMap(context: MapContext): Promise<void> {
  const { engine } = context;
  if (engine.form === 'sync') engine.maps.drop(context.id());
  else await engine.maps.drop(await context.idAsync());
  voidClaims(engineState(engine), context.name);
  await whenDurable(context, undefined);
}
