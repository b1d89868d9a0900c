import type { CallOptions } from '../contract/calls.ts';
import type { Engine } from '../contract/engine.ts';
import type { MapInfo } from '../contract/maps.ts';
import type { Block, PointInTime } from '../contract/services.ts';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import { checkCall } from './call-limits.ts';
import type { MapContext, ValueEncoding } from './context.ts';
import { encoded, plainCell, SnapshotWriter } from './snapshot-writer.ts';

/**
 * One map as it stands now, as a stream of bytes. The moment is that of the call; the stream must be
 * read or cancelled, since the engine holds things back for it.
 */
export function snapshotMap(context: MapContext, options?: CallOptions): ReadableStream<Uint8Array> {
  const open = async (): Promise<PointInTime> => context.engine.view([await context.idAsync()]);
  return streamOf(context.engine, open, () => context.encoding, options);
}

/**
 * All maps of a store as they stand now.
 *
 * @param contextOf - the context of an open handle of a map, if there is one: it can write references
 */
export function snapshotStore(
  engine: Engine,
  contextOf: (name: string) => MapContext | undefined,
  options?: CallOptions,
): ReadableStream<Uint8Array> {
  return streamOf(
    engine,
    () => engine.view(undefined),
    ({ name }) => contextOf(name)?.encoding,
    options,
  );
}

/** A stream that makes one piece each time it is asked, and lets go of the view however it ends. */
function streamOf(
  engine: Engine,
  open: () => Promise<PointInTime>,
  encodingOf: (map: MapInfo) => ValueEncoding | undefined,
  options: CallOptions | undefined,
): ReadableStream<Uint8Array> {
  checkCall('snapshot', options);
  const source = new SnapshotPieces(open, encodingOf);
  let cancelTimer = (): void => undefined;
  let leave = (): void => undefined;
  const end = (): void => {
    cancelTimer();
    options?.signal?.removeEventListener('abort', leave);
    source.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const fail = (reason: unknown): void => {
          end();
          controller.error(reason);
        };
        const { signal, deadlineMs } = options ?? {};
        leave = () => fail(signal?.reason);
        if (signal?.aborted) return leave();
        signal?.addEventListener('abort', leave);
        if (deadlineMs !== undefined) {
          const late = (): void =>
            fail(new StoreError('TIMEOUT', `snapshot: not read within ${deadlineMs} ms`));
          cancelTimer = engine.clock.after(deadlineMs, late, true);
        }
        source.begin();
        return undefined;
      },
      async pull(controller) {
        try {
          const piece = await source.next();
          if (piece !== undefined) return controller.enqueue(piece);
          end();
          controller.close();
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** The pieces of a snapshot, made one after the other from a view. */
class SnapshotPieces {
  readonly #open: () => Promise<PointInTime>;
  readonly #encodingOf: (map: MapInfo) => ValueEncoding | undefined;
  readonly #writer = new SnapshotWriter();
  #view: Promise<PointInTime> | undefined;
  #blocks: AsyncIterator<Block> | undefined;
  #encodings: ReadonlyMap<number, ValueEncoding> = new Map();
  #ready: Uint8Array[] = [];
  #ended = false;
  #closed = false;

  constructor(open: () => Promise<PointInTime>, encodingOf: (map: MapInfo) => ValueEncoding | undefined) {
    this.#open = open;
    this.#encodingOf = encodingOf;
  }

  /** Fixes the moment. A failure is told by {@link next}. */
  begin(): void {
    this.#view = this.#open();
    this.#view.catch(() => undefined);
  }

  /** The next piece; `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#blocks === undefined && this.#view !== undefined) this.#start(await this.#view);
    while (this.#ready.length === 0 && !this.#ended) {
      const result = await this.#blocks?.next();
      if (this.#closed) return undefined;
      if (result === undefined || result.done === true) this.#finish();
      else this.#take(result.value);
    }
    return this.#ready.shift();
  }

  /** Lets go of the view; idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ready = [];
    this.#blocks?.return?.().catch(() => undefined);
    this.#view?.then(
      (view) => view.close(),
      () => undefined,
    );
  }

  #start(view: PointInTime): void {
    const maps = view.maps.map((info) => {
      const encoding = info.references ? this.#encodingOf(info) : undefined;
      if (info.references && encoding === undefined) {
        throw new StoreError(
          'UNSUPPORTED',
          `map ${show(info.name)} holds references: open it, so that its codec is known`,
        );
      }
      return { info, encoding };
    });
    this.#encodings = new Map(
      maps.flatMap(({ info, encoding }) => (encoding === undefined ? [] : [[info.id, encoding]])),
    );
    const told = maps.map(({ info: { id, name, shape, codec }, encoding }) => ({
      id,
      name,
      shape,
      codec: encoding?.name ?? codec,
    }));
    this.#ready = this.#writer.begin({ position: view.position, maps: told });
    this.#blocks = view.blocks()[Symbol.asyncIterator]();
  }

  #take(block: Block): void {
    if (block.kind === 'records') {
      this.#push(this.#writer.flush());
      this.#push(this.#writer.block(block));
      return;
    }
    const codec = this.#encodings.get(block.map)?.codec;
    for (const entry of block.entries) {
      this.#push(
        this.#writer.add(block.map, entry, codec === undefined ? plainCell(entry) : encoded(codec, entry)),
      );
    }
  }

  #finish(): void {
    this.#ended = true;
    this.#push(this.#writer.flush());
    this.#push(this.#writer.end());
  }

  #push(piece: Uint8Array | undefined): void {
    if (piece !== undefined) this.#ready.push(piece);
  }
}
