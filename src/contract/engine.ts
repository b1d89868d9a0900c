import type { Clock } from '../base/clock.ts';
import type { AsyncCore, SyncCore } from './core.ts';
import type { AsyncMaps, SyncMaps } from './maps.ts';
import type { Services } from './services.ts';
import type { Supports } from './supports.ts';

/**
 * The seam. An engine is a plain object: data about itself, a *core* and a few *services*. Engines
 * are composed, never inherited: mirror, faulty and recording engines wrap another and are engines.
 *
 * The face above validates, encodes and checks before it calls; an engine may rely on it:
 * keys are well-formed strings of 1 to 1,024 UTF-8 bytes, cells are of the kind the engine said,
 * versions are safe integers, map ids came from its own `maps.open`.
 */
export type Engine = SyncEngine | AsyncEngine;

/** What both forms of engine have. */
interface EngineBase extends Services {
  readonly supports: Supports;
  /** Identity of the history (letters and digits); a restore begins a new one. */
  readonly lineage: string;
  readonly clock: Clock;
  /** Which partition a key lives in; `undefined` where there is but one. */
  readonly partition?: ((key: string) => number) | undefined;
}

/** An engine that answers at once: both faces exist. */
export interface SyncEngine extends EngineBase {
  readonly form: 'sync';
  readonly core: SyncCore;
  readonly maps: SyncMaps;
}

/** An engine that answers later: the async face only. */
export interface AsyncEngine extends EngineBase {
  readonly form: 'async';
  readonly core: AsyncCore;
  readonly maps: AsyncMaps;
}
