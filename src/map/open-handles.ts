import type { MapContext } from './context.ts';

/** A list is swept of what is gone when it has grown to twice what was left of it. */
const LEAST_SWEEP = 16;

/** Open handles of one map. */
interface Handles {
  list: WeakRef<MapContext>[];
  sweepAt: number;
}

/** The handles of a store by map name, as far as somebody still has them. */
export class OpenHandles {
  readonly #byName = new Map<string, Handles>();

  add(context: MapContext): void {
    const { name } = context;
    const handles = this.#byName.get(name) ?? { list: [], sweepAt: LEAST_SWEEP };
    this.#byName.set(name, handles);
    if (handles.list.length >= handles.sweepAt) {
      handles.list = handles.list.filter((reference) => reference.deref()?.open === true);
      handles.sweepAt = Math.max(LEAST_SWEEP, 2 * handles.list.length);
    }
    handles.list.push(new WeakRef(context));
  }

  /** The newest open handle of a map. */
  find(name: string): MapContext | undefined {
    const newest = this.#byName.get(name)?.list.findLast((reference) => reference.deref()?.open === true);
    return newest?.deref();
  }
}
