import { StoreError } from '../base/errors.ts';
import type { CallOptions } from '../contract/calls.ts';
import type { Engine } from '../contract/engine.ts';
import type { MapInfo } from '../contract/maps.ts';
import type { RestoreOptions, SnapshotSource } from '../contract/snapshot.ts';
import type { Atomic, MapOf, Store, StoreInspection, SyncStore } from '../contract/store.ts';
import type { Supports } from '../contract/supports.ts';
import { asyncAtomic, syncAtomic } from './atomic.ts';
import { checkCall, limited } from './call-limits.ts';
import { endState, engineState } from './engine-state.ts';
import type { EngineState } from './engine-state.ts';
import { HandleContext } from './map-context.ts';
import { checkName, settingsOf } from './map-settings.ts';
import { OpenHandles } from './open-handles.ts';
import { restoreStore } from './restore.ts';
import { snapshotStore } from './snapshot.ts';
import { counted, listed } from './tracing/answers.ts';
import type { Answer } from './tracing/channel.ts';
import { listened, tellLater } from './tracing/channel.ts';
import { TracedAsyncFace } from './tracing/traced-async-face.ts';
import { watchersOf } from './watchers.ts';

/** A store around an engine. */
export function storeOf<Sync extends boolean>(engine: Engine): Store<Sync> {
  // SAFETY: which faces exist follows the form of the engine, as `Sync` says to the compiler.
  return new EngineStore(engine) as Store<boolean> as Store<Sync>;
}

class EngineStore implements Store {
  readonly supports: Supports;
  readonly sync: SyncStore | undefined;
  readonly handle: object | undefined;
  readonly #engine: Engine;
  readonly #state: EngineState;
  readonly #handles = new OpenHandles();
  #closing: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.supports = engine.supports;
    this.handle = engine.handle;
    this.sync = engine.form === 'sync' ? { atomic: () => syncAtomic(engine) } : undefined;
    this.#engine = engine;
    this.#state = engineState(engine);
  }

  map<Value, Key, Input>(name: string, options?: object): MapOf<boolean, Value, Key, Input> {
    const settings = settingsOf(checkName(name), options);
    const context = new HandleContext(name, this.#engine, settings);
    this.#handles.add(context);
    // SAFETY: inside, all maps are maps of unknowns; codec, schema and key codec make the types true.
    return new TracedAsyncFace(context) as MapOf<boolean, Value, Key, Input>;
  }

  atomic(): Atomic {
    return asyncAtomic(this.#engine);
  }

  maps(options?: CallOptions): Promise<readonly MapInfo[]> {
    return this.#told('maps', listed, async () => {
      checkCall('maps', options);
      return await limited('maps', options, this.#engine.clock, async (call) => {
        call.check();
        this.#checkOpen();
        return await this.#engine.maps.list();
      });
    });
  }

  snapshot(options?: CallOptions): ReadableStream<Uint8Array> {
    this.#checkOpen();
    return snapshotStore(this.#engine, (name) => this.#handles.find(name), options);
  }

  restore(source: SnapshotSource, options?: RestoreOptions): Promise<number> {
    return this.#told('restore', counted, async () => {
      this.#checkOpen();
      return await restoreStore(this.#engine, (name) => this.#handles.find(name), source, options);
    });
  }

  async inspect(): Promise<StoreInspection> {
    this.#checkOpen();
    const { locks, gauges } = await this.#engine.inspect();
    return { locks, watchers: watchersOf(this.#engine), gauges };
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      endState(this.#state);
      this.#closing = this.#engine.close();
    }
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #told<T>(operation: string, answer: Answer<Awaited<T>>, run: () => Promise<T>): Promise<T> {
    if (!listened()) return run();
    return tellLater({ operation, map: undefined, engine: this.supports.engine }, answer, run);
  }

  #checkOpen(): void {
    if (!this.#state.open) throw new StoreError('CLOSED', 'the store was closed');
  }
}
