import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Engine } from '../contract/engine.ts';
import type { MapFormat } from '../contract/maps.ts';
import { KeyQueue } from './key-queue.ts';
import { Flights } from './single-flight.ts';

/** What all handles over one engine in this process share. */
export interface EngineState {
  /** `false` from the moment the store is being closed. */
  open: boolean;
  /** What runs when the store is closed. */
  readonly closing: Set<() => void>;
  /** By map name. */
  readonly claims: Map<string, Claim>;
  /** Loads under way; by map and key. */
  readonly loads: Flights<unknown>;
  /** Updates under way on engines that answer later; by map and key. */
  readonly updates: KeyQueue;
}

/** The format by which open handles of one map read and write. */
export interface Claim {
  readonly format: MapFormat;
  /** The map's number in the engine; 0: the format must be compared anew, or the store is closed. */
  id: number;
  handles: number;
}

const states = new WeakMap<Engine, EngineState>();

export function engineState(engine: Engine): EngineState {
  let state = states.get(engine);
  if (state === undefined) {
    state = {
      open: true,
      closing: new Set(),
      claims: new Map(),
      loads: new Flights(),
      updates: new KeyQueue(),
    };
    states.set(engine, state);
  }
  return state;
}

/** Makes all handles `CLOSED` and runs what was registered for the end of the store. */
export function endState(state: EngineState): void {
  state.open = false;
  voidClaims(state);
  const runs = [...state.closing];
  state.closing.clear();
  for (const run of runs) run();
  state.loads.end(new StoreError('CLOSED', 'the store was closed'));
}

/**
 * Notes that one more handle works by this format.
 *
 * @throws StoreError `FORMAT` when another open handle of the map works by another
 */
export function claim(state: EngineState, name: string, id: number, format: MapFormat): Claim {
  const held = state.claims.get(name);
  if (held !== undefined) checkFormat(name, held.format, format, 'another open handle uses');
  const claimed = held ?? { format, id, handles: 0 };
  claimed.handles++;
  state.claims.set(name, claimed);
  return claimed;
}

/** Takes back what {@link claim} noted. */
export function unclaim(state: EngineState, name: string, claimed: Claim): void {
  claimed.handles--;
  if (claimed.handles === 0 && state.claims.get(name) === claimed) state.claims.delete(name);
}

/** Makes all handles of a map, or of all maps, compare the stored format anew at their next call. */
export function voidClaims(state: EngineState, name?: string): void {
  for (const [map, claimed] of state.claims) {
    if (name !== undefined && name !== map) continue;
    claimed.id = 0;
    state.claims.delete(map);
  }
}

/** Refuses another codec, and references in the place of bytes. */
export function checkFormat(name: string, found: MapFormat, want: MapFormat, who: string): void {
  if (found.references === want.references && found.codec === want.codec) return;
  throw new StoreError(
    'FORMAT',
    `map ${show(name)}: ${who} ${show(found.codec)}, this handle wants ${show(want.codec)}`,
  );
}
