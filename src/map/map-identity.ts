import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Engine, SyncEngine } from '../contract/engine.ts';
import type { MapFormat, MapInfo } from '../contract/maps.ts';
import { checkFormat, claim, engineState, unclaim, voidClaims } from './engine-state.ts';
import type { Claim, EngineState } from './engine-state.ts';

/** Of handles that have not compared their format yet, or are closed. */
const NO_CLAIM: Claim = { format: { codec: '', shape: 0, references: false }, id: 0, handles: 0 };

/**
 * Which map a handle means, and whether it may: its number in the engine, the stored format compared
 * with the one wanted, and the life of the handle.
 *
 * INVARIANT: the claim has a number only while the handle is open, so is its store,
 * and nobody dropped, restored or reshaped the map since the formats were compared.
 */
export class MapIdentity {
  readonly #name: string;
  readonly #engine: Engine;
  readonly #format: MapFormat;
  readonly #state: EngineState;
  readonly #hooks = new Set<() => void>();
  #open = true;
  #claim: Claim = NO_CLAIM;
  #storedShape = 0;
  /** `true` once the stored shape is the one of this handle. */
  #writes = false;

  constructor(name: string, engine: Engine, format: MapFormat) {
    this.#name = name;
    this.#engine = engine;
    this.#format = format;
    this.#state = engineState(engine);
  }

  get open(): boolean {
    return this.#open && this.#state.open;
  }

  id(): number {
    const { id } = this.#claim;
    if (id !== 0) return id;
    this.checkOpen();
    return this.#accept(localMaps(this.#engine).open(this.#name, this.#format));
  }

  async idAsync(): Promise<number> {
    if (this.#engine.form === 'sync') return this.id();
    if (this.#claim.id !== 0) return this.#claim.id;
    this.checkOpen();
    const info = await this.#engine.maps.open(this.#name, this.#format);
    this.checkOpen();
    return this.#claim.id === 0 ? this.#accept(info) : this.#claim.id;
  }

  writeId(): number {
    if (this.#claim.id !== 0 && this.#writes) return this.#claim.id;
    const id = this.id();
    if (this.#storedShape < this.#format.shape) {
      localMaps(this.#engine).reshape(id, this.#format.shape);
      // Handles of a lower shape must notice; this one compares once more.
      voidClaims(this.#state, this.#name);
    }
    const same = this.id();
    this.#writes = true;
    return same;
  }

  async writeIdAsync(): Promise<number> {
    if (this.#engine.form === 'sync') return this.writeId();
    if (this.#claim.id !== 0 && this.#writes) return this.#claim.id;
    const id = await this.idAsync();
    if (this.#storedShape < this.#format.shape) {
      await this.#engine.maps.reshape(id, this.#format.shape);
      voidClaims(this.#state, this.#name);
    }
    const same = await this.idAsync();
    this.#writes = true;
    return same;
  }

  checkOpen(): void {
    if (!this.#state.open) throw new StoreError('CLOSED', `map ${show(this.#name)}: the store was closed`);
    if (!this.#open) throw new StoreError('CLOSED', `map ${show(this.#name)}: this handle was closed`);
  }

  /** Runs when the handle, or its store, is closed, at once when it is; returns what takes it back. */
  onClose(run: () => void): () => void {
    const leave = (): void => {
      this.#hooks.delete(once);
      this.#state.closing.delete(once);
    };
    const once = (): void => {
      leave();
      run();
    };
    if (!this.open) {
      run();
      return leave;
    }
    this.#hooks.add(once);
    this.#state.closing.add(once);
    return leave;
  }

  /** Ends the handle. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#release();
    for (const run of this.#hooks) run();
  }

  /** Compares the stored format with the one wanted. */
  #accept(info: MapInfo): number {
    checkFormat(this.#name, info, this.#format, 'it is stored by');
    if (info.shape > this.#format.shape) {
      const shapes = `stored with shape ${info.shape}, this handle wants ${this.#format.shape}`;
      throw new StoreError('FORMAT', `map ${show(this.#name)}: ${shapes}`);
    }
    const claimed = claim(this.#state, this.#name, info.id, this.#format);
    this.#release();
    this.#claim = claimed;
    this.#storedShape = info.shape;
    this.#writes = false;
    return info.id;
  }

  #release(): void {
    if (this.#claim !== NO_CLAIM) unclaim(this.#state, this.#name, this.#claim);
    this.#claim = NO_CLAIM;
  }
}

function localMaps(engine: Engine): SyncEngine['maps'] {
  if (engine.form === 'sync') return engine.maps;
  const name = show(engine.supports.engine);
  throw new StoreError('UNSUPPORTED', `the engine ${name} answers later: use the async face`);
}
