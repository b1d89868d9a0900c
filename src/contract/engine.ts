import type { Clock } from '../base/clock.ts';
import type { AsyncCore, SyncCore } from './core.ts';
import type { AsyncMaps, SyncMaps } from './maps.ts';
import type { Services } from './services.ts';
import type { Supports } from './supports.ts';

/**
 * The seam. An engine is a plain object: data about itself, a *core* and a few *services*. Engines
 * are composed, never inherited: mirror, faulty and recording engines wrap another and are engines.
 * docs/writing-an-engine.md says what each word promises.
 *
 * The face above validates, encodes and checks before it calls; an engine may rely on it:
 * keys are well-formed strings of 1 to 1,024 UTF-8 bytes, cells are of the kind the engine said,
 * versions are safe integers, map ids came from its own `maps.open`. One exception keeps reads fast: where
 * `supports.values` is `any`, `core.get` may be handed a key that was not checked, and answers a miss for it.
 *
 * @example
 * ```ts
 * import { memoryEngine, open, type Engine } from 'samemap';
 * const engine: Engine = memoryEngine();
 * const store = await open(engine);
 * await store.close();
 * ```
 */
export type Engine = SyncEngine | AsyncEngine;

/** What both forms of engine have. */
interface EngineBase extends Services {
  readonly supports: Supports;
  /** Identity of the history (1 to 64 letters and digits); a restore begins a new one. */
  readonly lineage: string;
  /** The time by which entries expire and calls are cut short. */
  readonly clock: Clock;
  /** `true`: cells are copied on their way in and out, so that those that were answered are the reader's own. */
  readonly copies?: boolean | undefined;
  /** `true`: a write has copied its cell when it returns, which then is the writer's own again. */
  readonly copiesWrites?: boolean | undefined;
  /** What other threads open the same data with: plain and cloneable; only where `supports.reach` is `threads`. */
  readonly handle?: object | undefined;
  /** Which partition a key lives in, from 0 up; `undefined` where there is but one. */
  readonly partition?: ((key: string) => number) | undefined;
}

/**
 * An engine that answers at once: both faces exist.
 *
 * @example
 * ```ts
 * import { memoryEngine, type SyncEngine } from 'samemap';
 * const engine: SyncEngine = memoryEngine();
 * console.log(engine.core.reserve(1));
 * await engine.close();
 * ```
 */
export interface SyncEngine extends EngineBase {
  readonly form: 'sync';
  readonly core: SyncCore;
  readonly maps: SyncMaps;
  /**
   * The version of an entry, 0 when it is absent: on engines where that costs less than `core.get`, and missing
   * elsewhere. Borrowed from nobody, so it ends no earlier answer.
   */
  readonly versionOf?: ((map: number, key: string) => number) | undefined;
  /**
   * Where a word may meet another thread: resolves when it is worth calling again, for the error by which it said that
   * it would have had to wait and changed nothing; `undefined` for any other error. Missing where no word waits.
   */
  readonly retry?: ((error: unknown) => Promise<void> | undefined) | undefined;
}

/**
 * An engine that answers later: the async face only.
 *
 * @example
 * ```ts
 * import { memoryEngine, type AsyncEngine } from 'samemap';
 * import { asynchronous } from 'samemap/conformance';
 * const engine: AsyncEngine = asynchronous(memoryEngine());
 * console.log(await engine.core.reserve(1));
 * await engine.close();
 * ```
 */
export interface AsyncEngine extends EngineBase {
  readonly form: 'async';
  readonly core: AsyncCore;
  readonly maps: AsyncMaps;
}
