import { StoreError } from '../base/errors.ts';
import { checkOptions, show } from '../base/options.ts';
import type { Engine } from '../contract/engine.ts';
import type { Block } from '../contract/services.ts';
import type { RestoreOptions, SnapshotSource } from '../contract/snapshot.ts';
import { fileSpool } from '../fs/spool.ts';
import type { Spool } from '../fs/spool.ts';
import { CALL_OPTIONS, checkLimits, limited } from './call-limits.ts';
import type { Call } from './call-limits.ts';
import type { MapContext } from './context.ts';
import { engineState, voidClaims } from './engine-state.ts';
import { blocksFor } from './restore-blocks.ts';
import { RestorePace } from './restore-pace.ts';
import { AbandonedPieces, piecesOf } from './restore-source.ts';
import { boundedSpool } from './restore-spool.ts';
import { checkEmpty, intoMap, intoStore } from './restore-target.ts';
import type { Choose, Target } from './restore-target.ts';
import { blockOf, verifySnapshot } from './restore-verify.ts';
import type { Contents } from './restore-verify.ts';
import { SnapshotReader } from './snapshot-reader.ts';

/** Up to this many bytes of a stream are kept in memory until all of it is verified; a file holds more. */
const SPOOL_MEMORY_BYTES = 64 * 1024 * 1024;

/** Makes what a stream is put aside in while it is verified. */
export type OpenSpool = () => Spool;

const openSpool: OpenSpool = () => boundedSpool(SPOOL_MEMORY_BYTES, () => fileSpool());

/**
 * Loads one map of a snapshot into the map of the context: all or nothing.
 *
 * @param source - bytes in memory must not change before the call is over
 * @returns how many entries were loaded
 * @throws StoreError `CORRUPT`, `FORMAT`, `LIMIT`, or `CONFLICT` when the map is not empty; nothing was changed
 */
export async function restoreMap(
  context: MapContext,
  source: SnapshotSource,
  options: RestoreOptions = {},
  spool: OpenSpool = openSpool,
): Promise<number> {
  checkRestore(options);
  // Compares the stored format with the one of the handle.
  await context.idAsync();
  const onClose: OnClose = (run) => context.onClose(run);
  return restore(context.engine, intoMap(context), onClose, source, options, spool);
}

/**
 * Loads all maps of a snapshot: all or nothing.
 *
 * @param contextOf - the context of an open handle of a map, if there is one
 */
export function restoreStore(
  engine: Engine,
  contextOf: (name: string) => MapContext | undefined,
  source: SnapshotSource,
  options: RestoreOptions = {},
  spool: OpenSpool = openSpool,
): Promise<number> {
  const { closing } = engineState(engine);
  const onClose: OnClose = (run) => {
    closing.add(run);
    return () => closing.delete(run);
  };
  return restore(engine, intoStore(engine, contextOf), onClose, source, options, spool);
}

/** Runs something when what is restored into is closed; returns what takes it back. */
type OnClose = (run: () => void) => () => void;

async function restore(
  engine: Engine,
  choose: Choose,
  onClose: OnClose,
  source: SnapshotSource,
  options: RestoreOptions,
  spool: OpenSpool,
): Promise<number> {
  checkRestore(options);
  options.signal?.throwIfAborted();
  const work = new Restore(engine, choose, source, options, spool);
  const leave = onClose(() => work.abandon());
  try {
    return await limited('restore', options, engine.clock, (call) => work.run(call));
  } finally {
    leave();
    await work.close();
  }
}

function checkRestore(options: RestoreOptions): void {
  checkOptions('restore', options, [...CALL_OPTIONS, 'mode', 'onProgress']);
  checkLimits('restore', options);
  const { mode, onProgress } = options;
  if (mode !== undefined && mode !== 'empty' && mode !== 'replace') {
    throw new TypeError(`restore: mode must be 'empty' or 'replace', got ${show(mode)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError(`restore: onProgress must be a function, got ${show(onProgress)}`);
  }
}

/** One restore: read and verify all, then read again and load. */
class Restore {
  readonly #engine: Engine;
  readonly #choose: Choose;
  readonly #options: RestoreOptions;
  readonly #bytes: Uint8Array | undefined;
  readonly #pieces: AbandonedPieces;
  readonly #spool: Spool | undefined;

  constructor(
    engine: Engine,
    choose: Choose,
    source: SnapshotSource,
    options: RestoreOptions,
    spool: OpenSpool,
  ) {
    this.#engine = engine;
    this.#choose = choose;
    this.#options = options;
    this.#pieces = new AbandonedPieces(piecesOf(source));
    this.#bytes = source instanceof Uint8Array && source.buffer instanceof ArrayBuffer ? source : undefined;
    this.#spool = this.#bytes === undefined ? spool() : undefined;
  }

  async run(call: Call): Promise<number> {
    const { valueBytes } = this.#engine.supports.limits;
    const reader = new SnapshotReader(this.#pieces, {
      valueBytes,
      onFrame: (header, body) => this.#keep(header, body),
    });
    const contents = await verifySnapshot(reader, {
      valueBytes,
      check: () => this.#check(call),
      onHeader: async (header) => void (await this.#targets(header)),
    });
    const targets = await this.#targets(contents.header);
    this.#check(call);
    const count = await this.#engine.load({
      maps: targets.map(({ map }) => ({ ...map, expected: contents.sizes.get(map.id) })),
      blocks: this.#blocks(contents, new Map(targets.map((target) => [target.map.id, target])), call),
      replace: this.#options.mode === 'replace',
    });
    const state = engineState(this.#engine);
    for (const { map } of targets) voidClaims(state, map.name);
    return count;
  }

  /** Ends the work with `CLOSED`, unless all of it is with the engine already. */
  abandon(): void {
    this.#pieces.abandon(
      new StoreError('CLOSED', 'restore: the map or store was closed before all was loaded'),
    );
  }

  #check(call: Call): void {
    call.check();
    this.#pieces.check();
  }

  /** Gives back what the work holds; also ends it when it waits for its source. */
  async close(): Promise<void> {
    this.#pieces.close();
    await this.#spool?.close();
  }

  async #keep(header: Uint8Array, body: Uint8Array): Promise<void> {
    await this.#spool?.write(header);
    await this.#spool?.write(body);
  }

  async #targets(header: Parameters<Choose>[0]): Promise<readonly Target[]> {
    const targets = await this.#choose(header);
    if (this.#options.mode !== 'replace') await checkEmpty(this.#engine, targets);
    return targets;
  }

  async *#blocks(
    { header, sizes }: Contents,
    targets: ReadonlyMap<number, Target>,
    call: Call,
  ): AsyncGenerator<Block> {
    const total = [...targets.keys()].reduce((sum, id) => sum + (sizes.get(id)?.entries ?? 0), 0);
    const all = targets.size === header.maps.length;
    const again = this.#bytes ?? this.#spool?.read() ?? [];
    const trusted = this.#spool?.inMemory ?? true;
    const { valueBytes } = this.#engine.supports.limits;
    const reader = new SnapshotReader(piecesOf(again), { valueBytes, trusted });
    await reader.begin();
    let done = 0;
    const pace = new RestorePace();
    for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
      for (const block of blocksFor(blockOf(frame), targets, all)) {
        this.#check(call);
        yield block;
        done += block.kind === 'records' ? block.count : block.entries.length;
        this.#options.onProgress?.({ done, total, unit: 'entries' });
      }
      await pace.after(frame.bodyLength);
    }
    this.#check(call);
    call.accepted = true;
  }
}
