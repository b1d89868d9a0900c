import type { Engine, SyncEngine } from '../contract/engine.ts';
import type { Block, EngineInspection, PointInTime, Services } from '../contract/services.ts';
import { entriesOf, type MapEntry } from '../parts/blocks.ts';
import { sameCell, type MirrorState } from './mirror-state.ts';

/** Runs a call when no other one is under way. */
type Alone = <T>(call: () => Promise<T>) => Promise<T>;

/** The services of two engines, but feeds and locks. */
export function mirrorServices(
  state: MirrorState,
  a: SyncEngine,
  b: Engine,
  alone: Alone,
): Omit<Services, 'changes' | 'lock'> {
  const durable = async (upTo: number): Promise<void> => {
    const there = state.position([upTo])?.[0];
    await Promise.all([a.durable?.(upTo), there === undefined ? undefined : b.durable?.(there)]);
  };
  return {
    durable: a.durable === undefined && b.durable === undefined ? undefined : durable,
    position: () =>
      alone(async () => {
        const [mine, theirs] = await Promise.all([a.position(), b.position()]);
        state.passPosition(mine, theirs);
        await durable(mine[0] ?? 0);
        return mine;
      }),
    view: (maps) =>
      alone(async () => {
        const there = maps?.map((map) => state.id(map));
        const [mine, theirs] = await Promise.all([a.view(maps), b.view(there)]);
        state.passPosition(mine.position, theirs.position);
        return mirrorView(state, mine, theirs);
      }),
    load: (request) =>
      alone(async () => {
        const blocks = await collect(request.blocks);
        const [mine, theirs] = await Promise.allSettled([
          a.load({ ...request, blocks: replay(blocks) }),
          b.load({ ...request, blocks: replay(blocks) }),
        ]);
        const errorOf = (settled: PromiseSettledResult<number>): unknown =>
          settled.status === 'rejected' ? settled.reason : undefined;
        state.sameError('load', errorOf(mine), errorOf(theirs));
        if (mine.status === 'rejected') throw mine.reason;
        if (theirs.status === 'fulfilled') state.same('load', 'count', mine.value, theirs.value);
        state.forget();
        return mine.value;
      }),
    compact: async (onProgress) => {
      await b.compact(() => undefined);
      await a.compact(onProgress);
    },
    inspect: () =>
      alone(async () => {
        const [mine, theirs] = await Promise.all([a.inspect(), b.inspect()]);
        if (b.form === 'sync') state.same('inspect', 'locks', locksOf(mine), locksOf(theirs));
        return mine;
      }),
    stats: () => a.stats(),
    close: async () => {
      await Promise.all([a.close(), b.close()]);
      if (state.mismatch !== undefined) throw state.mismatch;
    },
  };
}

function locksOf({ locks }: EngineInspection): string {
  return JSON.stringify(
    locks.map(({ map, key, label, waiters }) => [map, key, label, waiters].join(' ')).sort(),
  );
}

/** Reads the first engine's view and, behind its end, compares it with the second one's. */
function mirrorView(state: MirrorState, a: PointInTime, b: PointInTime): PointInTime {
  return {
    position: a.position,
    maps: a.maps,
    blocks: () => checked(state, a, b),
    close() {
      a.close();
      b.close();
    },
  };
}

async function* checked(state: MirrorState, a: PointInTime, b: PointInTime): AsyncGenerator<Block> {
  const seen = new Map<string, MapEntry>();
  for await (const block of a.blocks()) {
    for (const entry of entriesOf(block)) seen.set(`${entry.map}/${entry.key}`, entry);
    yield block;
  }
  const idOf = new Map(b.maps.map(({ id, name }) => [id, a.maps.find((info) => info.name === name)?.id]));
  for await (const block of b.blocks()) {
    for (const entry of entriesOf(block)) {
      const name = `${idOf.get(entry.map)}/${entry.key}`;
      sameEntry(state, seen.get(name), entry);
      seen.delete(name);
    }
  }
  for (const entry of seen.values()) sameEntry(state, entry, undefined);
}

function sameEntry(state: MirrorState, a: MapEntry | undefined, b: MapEntry | undefined): void {
  if (a === undefined || b === undefined) state.fail('view', 'an entry of one engine only', a, b);
  const same = sameCell(a.value, b.value) && a.expiresAt === b.expiresAt && a.shape === b.shape;
  const stamps =
    a.stamp === undefined || b.stamp === undefined
      ? a.stamp === b.stamp
      : BigInt(a.stamp) === BigInt(b.stamp);
  if (!same || !stamps) state.fail('view', `${JSON.stringify(a.key)} differs`, a, b);
  state.sameVersion('view', a.map, a.key, a.version, b.version);
}

/** All blocks, in a form that can be read twice. */
async function collect(blocks: AsyncIterable<Block>): Promise<Block[]> {
  const all: Block[] = [];
  for await (const block of blocks) {
    all.push(block.kind === 'records' ? { ...block, bytes: Uint8Array.from(block.bytes) } : block);
  }
  return all;
}

async function* replay(blocks: readonly Block[]): AsyncGenerator<Block> {
  yield* blocks;
}
