import { statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open } from 'lmdb';
import { StoreError } from '../../base/errors.ts';
import { keyEncoder } from './keys.ts';
import { translated } from './errors.ts';
import { encodeNote } from './note.ts';
import { allocate } from './row.ts';

/** The fact that tells whether a batch that failed was committed all the same. */
const BATCH = 'batch';
/** A disk with less room is full. */
const LEAST_ROOM_BYTES = 64 * 1024;

/** A moment of a file that stays readable as it was; `done` must be called. */
export interface Moment {
  done(): void;
}

/** What a range of a tree is asked for. */
export interface TreeRange {
  readonly start: string;
  readonly end: string;
  readonly limit?: number;
  readonly reverse?: boolean;
  readonly exclusiveStart?: boolean;
  readonly inclusiveEnd?: boolean;
  readonly values?: boolean;
  readonly transaction?: Moment;
}

/** One tree of the file: the part of the library's store that is used. */
export interface FileTree {
  /** Length of what was read last. */
  readonly lastSize: number;
  /** The bytes of a key, in memory that the next read uses again. */
  getBinaryFast(key: string, options?: { readonly transaction?: Moment }): Uint8Array | undefined;
  put(key: string, bytes: Uint8Array): unknown;
  remove(key: string): unknown;
  putSync(key: string, bytes: Uint8Array): void;
  getRange(range: TreeRange): Iterable<{ readonly key: string; readonly value: Uint8Array }>;
  getKeysCount(range: TreeRange): number;
  getStats(): TreeStats;
}

/** How many pages a tree has, of each kind. */
interface TreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** Pages in front of all trees. */
const META_PAGES = 2;

/** The names of the trees. */
export const TREES = ['entries', 'expiries', 'changes', 'stones', 'meta'] as const;
export type TreeName = (typeof TREES)[number];

/** Values are bytes; those of a range are copied into memory that is shared by many. */
const OWN_BYTES = {
  encode: (bytes: Uint8Array): Uint8Array => bytes,
  decode(bytes: Uint8Array, length: number): Uint8Array {
    const own = allocate(length);
    own.set(new Uint8Array(bytes.buffer, bytes.byteOffset, length));
    return own;
  },
};

/** One file of the library, opened, with its trees. */
export interface Environment {
  readonly path: string;
  readonly trees: Readonly<Record<TreeName, FileTree>>;
  /** Carries out what `work` puts and removes, in one transaction; resolves when it is durable. */
  batch(work: () => void): Promise<void>;
  /** Reads from now on see all that was committed. */
  renew(): void;
  /** Holds the newest committed state. */
  moment(): Moment;
  /** Bytes of the file, without asking the library: it cannot be asked while a worker is being ended. */
  fileBytes(): number;
  /** Bytes in use and bytes of the file. */
  size(): { readonly usedBytes: number; readonly fileBytes: number };
  /** Removes what dead readers left behind; their number. */
  checkReaders(): number;
  /** Writes a copy without free pages. */
  copyTo(path: string): Promise<void>;
  close(): Promise<void>;
}

/** The root of a file, as far as it is used. */
interface Root {
  openDB(options: object): FileTree;
  batch(work: () => void): Promise<boolean>;
  resetReadTxn(): void;
  useReadTransaction(): Moment;
  getStats(): {
    readonly pageSize: number;
    readonly lastPageNumber: number;
    /** The tree of trees. */
    readonly root: TreeStats;
    /** The tree of free pages. */
    readonly free: TreeStats;
  };
  readerCheck(): number;
  backup(path: string, compact: boolean): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file, or makes it.
 *
 * @param durable - `false`: a commit survives the end of the process, not the loss of power
 * @throws StoreError as {@link translated} says
 */
export function openEnvironment(dir: string, name: string, durable: boolean): Environment {
  const path = join(dir, name);
  try {
    // SAFETY: the types of the library leave out `keyEncoder` and `lastSize`.
    const root = open({
      path,
      noSubdir: true,
      maxDbs: 8,
      maxReaders: 126,
      overlappingSync: false,
      eventTurnBatching: false,
      noSync: !durable,
      cache: false,
      compression: false,
    }) as object as Root;
    const tree = (of: string): FileTree =>
      root.openDB({ name: of, encoder: OWN_BYTES, keyEncoder, cache: false, compression: false });
    const environment = environmentOf(path, root, {
      entries: tree('entries'),
      expiries: tree('expiries'),
      changes: tree('changes'),
      stones: tree('stones'),
      meta: tree('meta'),
    });
    return environment;
  } catch (error) {
    throw translated(error, `lmdb: ${path} cannot be opened`);
  }
}

function environmentOf(path: string, root: Root, trees: Environment['trees']): Environment {
  // Not from 0 on, so that a number of an earlier opening is not taken for one of this.
  let batches = Math.floor(Math.random() * 2 ** 48);
  return {
    path,
    trees,
    fileBytes: () => statSync(path).size,
    batch: async (work) => {
      const note = encodeNote(BATCH, ++batches);
      try {
        await root.batch(() => {
          trees.meta.put(BATCH, note);
          work();
        });
      } catch (error) {
        const fault = await behind(error);
        root.resetReadTxn();
        const certain = !isEqual(trees.meta.getBinaryFast(BATCH), trees.meta.lastSize, note);
        if (certain && isFull(path))
          throw new StoreError('FULL', `lmdb: no room is left for ${path}`, { cause: fault });
        throw fault;
      }
    },
    renew: () => root.resetReadTxn(),
    moment: () => root.useReadTransaction(),
    size: () => {
      const { pageSize, lastPageNumber, root: names, free } = root.getStats();
      const used = [names, free, ...TREES.map((name) => trees[name].getStats())];
      const usedPages = used.reduce((sum, tree) => sum + pagesOf(tree), META_PAGES);
      return { usedBytes: usedPages * pageSize, fileBytes: (lastPageNumber + 1) * pageSize };
    },
    checkReaders: () => root.readerCheck(),
    copyTo: (target) => root.backup(target, true),
    close: () => root.close(),
  };
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TreeStats): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}

function isEqual(found: Uint8Array | undefined, length: number, note: Uint8Array): boolean {
  return (
    found !== undefined && Buffer.compare(new Uint8Array(found.buffer, found.byteOffset, length), note) === 0
  );
}

/** LMDB reports a write that was cut short for want of room as an error of the disk. */
function isFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize < LEAST_ROOM_BYTES;
}

/** The library rejects with an error that only promises the real one. */
async function behind(error: unknown): Promise<unknown> {
  const promised: unknown = error instanceof Error ? Reflect.get(error, 'commitError') : undefined;
  if (!(promised instanceof Promise)) return error;
  const late = new Promise<unknown>((resolve) => setTimeout(resolve, 1_000, error).unref());
  const real = promised.then(
    () => error,
    (reason: unknown) => reason,
  );
  return Promise.race([real, late]);
}
