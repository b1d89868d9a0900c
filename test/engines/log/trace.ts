// Files that record what was done to them, and every state in which a crash may leave a disk.
import type { Files, OpenFile } from '../../../src/fs/files.ts';

export type Op =
  | { readonly kind: 'create'; readonly name: string; readonly node: number }
  | {
      readonly kind: 'write';
      readonly node: number;
      readonly at: number;
      readonly bytes: Uint8Array;
      readonly through: boolean;
    }
  | { readonly kind: 'sync'; readonly node: number }
  /** A sync failed, and the system takes what was not on disk for written: it never will be. */
  | { readonly kind: 'lose'; readonly node: number }
  | { readonly kind: 'truncate'; readonly node: number; readonly length: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'syncDirectory' };

/** Operations that change nothing by being half done. */
const NO_CHANGE: ReadonlySet<Op['kind']> = new Set(['sync', 'syncDirectory', 'lose']);

/** What a disk holds: content by name. */
export type Disk = Map<string, Uint8Array>;

/** A fault to be had at one call. */
export interface Fault {
  readonly call: number;
  /** The error's code; `'SHORT'`: no error, a write writes only `after` bytes and says so. */
  readonly code: string;
  /** Bytes that are written all the same. */
  readonly after: number;
}

export interface TracedFiles extends Files {
  readonly ops: Op[];
  /** Calls made so far. */
  readonly calls: number;
  /** What a process sees that reads now. */
  disk(): Disk;
}

/**
 * Files that begin with the content of a disk.
 *
 * @param fault - one call that fails; what a sync that fails should have written is lost
 */
export function tracedFiles(begin: Disk = new Map(), fault?: Fault): TracedFiles {
  const ops: Op[] = [];
  const names = new Map<string, number>();
  const nodes: Uint8Array[] = [];
  /** Those that are not shared with the disk it began with. */
  const own = new Set<number>();
  let calls = 0;
  for (const [name, bytes] of begin) names.set(name, nodes.push(bytes) - 1);

  const nodeOf = (name: string): number => {
    const node = names.get(name);
    if (node === undefined) throw coded('ENOENT', name);
    return node;
  };
  const call = (): boolean => ++calls === fault?.call;
  const check = (what: string): void => {
    if (call() && fault?.code !== 'SHORT') throw coded(fault?.code ?? 'EIO', what);
  };
  const open = (node: number, through: boolean): OpenFile => ({
    async write(bytes, at) {
      const failing = call();
      const part = failing ? bytes.slice(0, Math.min(bytes.length, fault?.after ?? 0)) : bytes;
      const short = failing && fault?.code === 'SHORT';
      if (part.length > 0) {
        const before = nodes[node] ?? new Uint8Array(0);
        if (own.has(node) && before.length >= at + part.length) before.set(part, at);
        else nodes[node] = written(before, at, part);
        own.add(node);
        ops.push({
          kind: 'write',
          node,
          at,
          bytes: Uint8Array.from(part),
          through: through && (!failing || short),
        });
      }
      if (failing && !short) {
        if (through) ops.push({ kind: 'lose', node });
        throw coded(fault?.code ?? 'EIO', 'write');
      }
      return part.length;
    },
    async sync() {
      try {
        check('sync');
        ops.push({ kind: 'sync', node });
      } catch (error) {
        ops.push({ kind: 'lose', node });
        throw error;
      }
    },
    async truncate(length) {
      check('truncate');
      nodes[node] = resized(nodes[node] ?? new Uint8Array(0), length);
      ops.push({ kind: 'truncate', node, length });
    },
    close: async () => undefined,
  });
  return {
    where: 'traced',
    ops,
    get calls() {
      return calls;
    },
    disk: () => new Map(Array.from(names, ([name, node]) => [name, Uint8Array.from(nodes[node] ?? [])])),
    async list() {
      check('list');
      return Array.from(names.keys());
    },
    async read(name, onPart) {
      check('read');
      const bytes = (nodes[nodeOf(name)] ?? new Uint8Array(0)).slice();
      onPart?.(bytes);
      return bytes;
    },
    async open(name, how, through) {
      check('open');
      if (how === 'open') return open(nodeOf(name), through);
      if (names.has(name)) throw coded('EEXIST', name);
      const node = nodes.push(new Uint8Array(0)) - 1;
      names.set(name, node);
      ops.push({ kind: 'create', name, node });
      return open(node, through);
    },
    async rename(from, to) {
      check('rename');
      names.set(to, nodeOf(from));
      names.delete(from);
      ops.push({ kind: 'rename', from, to });
    },
    async remove(name) {
      check('remove');
      nodeOf(name);
      names.delete(name);
      ops.push({ kind: 'remove', name });
    },
    async sync() {
      check('syncDirectory');
      ops.push({ kind: 'syncDirectory' });
    },
  };
}

/** A disk while operations pass: what is durable, and what may or may not be. */
export class CrashDisk {
  readonly #names = new Map<string, number>();
  readonly #content: Uint8Array[] = [];
  #pendingNames: Op[] = [];
  #pending: Op[] = [];

  constructor(begin: Disk = new Map()) {
    for (const [name, bytes] of begin) this.#names.set(name, this.#content.push(bytes) - 1);
  }

  /** Completes an operation. */
  pass(op: Op): void {
    switch (op.kind) {
      case 'create':
      case 'rename':
      case 'remove':
        this.#pendingNames.push(op);
        break;
      case 'write':
        if (op.through) this.#settle(op.node, op);
        else this.#pending.push(op);
        break;
      case 'truncate':
        this.#pending.push(op);
        break;
      case 'lose':
        this.#pending = this.#pending.filter((each) => !('node' in each) || each.node !== op.node);
        break;
      case 'sync':
        this.#settle(op.node, undefined);
        break;
      case 'syncDirectory':
        for (const each of this.#pendingNames) applyName(this.#names, each);
        this.#pendingNames = [];
        break;
    }
  }

  /**
   * Disks that a crash may leave while `current` is being done: all, none and subsets of what is not
   * durable, the operation under way torn at every byte, and its length without its data.
   *
   * @param random - from 0 up to 1
   * @param samples - how many subsets are tried when they are too many
   * @param most - how many torn writes are tried
   */
  *states(current: Op | undefined, random: () => number, samples: number, most = Infinity): Generator<Disk> {
    const parts: Op[] = [...this.#pending.flatMap((op) => pieces(op, PAGE)), ...this.#pendingNames];
    if (current?.kind === 'write') {
      const { at, bytes } = current;
      const empty = { ...current, at: at + bytes.length, bytes: new Uint8Array(0) };
      for (const torn of tornWrites(current, random, most)) yield this.#with([...parts, torn]);
      yield this.#with([...parts, empty]);
      yield this.#with([empty]);
      parts.push(...pieces(current, SECTOR));
    } else if (current !== undefined && !NO_CHANGE.has(current.kind)) parts.push(current);
    const exact = 2 ** parts.length <= samples;
    const count = exact ? 2 ** parts.length : samples;
    for (let n = 0; n < count; n++) {
      yield this.#with(parts.filter((_, i) => (exact ? (n >>> i) & 1 : random() < 0.5)));
    }
    if (!exact) {
      yield this.#with([]);
      yield this.#with(parts);
    }
  }

  #settle(node: number, last: Op | undefined): void {
    const own = (op: Op): boolean => 'node' in op && op.node === node;
    for (const op of this.#pending.filter(own)) applyContent(this.#content, op);
    this.#pending = this.#pending.filter((op) => !own(op));
    if (last !== undefined) applyContent(this.#content, last);
  }

  #with(ops: readonly Op[]): Disk {
    const names = new Map(this.#names);
    const content = this.#content.slice();
    const own = new Set<number>();
    for (const op of ops) {
      if (op.kind === 'create' || op.kind === 'rename' || op.kind === 'remove') applyName(names, op);
      else if (op.kind === 'write') {
        const before = content[op.node] ?? new Uint8Array(0);
        if (own.has(op.node) && before.length >= op.at + op.bytes.length) before.set(op.bytes, op.at);
        else content[op.node] = written(before, op.at, op.bytes);
        own.add(op.node);
      } else applyContent(content, op);
    }
    return new Map(Array.from(names, ([name, node]) => [name, content[node] ?? new Uint8Array(0)]));
  }
}

/** What reaches a disk as a whole: of the memory of the system, and of a write under way. */
const PAGE = 4096;
const SECTOR = 512;

function* tornWrites(op: Op & { kind: 'write' }, random: () => number, most: number): Generator<Op> {
  const { length } = op.bytes;
  const step = Math.max(1, Math.floor(length / most));
  for (let to = step === 1 ? 1 : 1 + Math.floor(random() * step); to < length; to += step) {
    yield { ...op, bytes: op.bytes.subarray(0, to) };
  }
}

/** A write in the pieces that reach a disk one by one. */
function pieces(op: Op, size: number): Op[] {
  if (op.kind !== 'write') return [op];
  const parts: Op[] = [];
  for (let from = 0; from < op.bytes.length;) {
    const at = op.at + from;
    const to = Math.min(op.bytes.length, from + size - (at % size));
    parts.push({ ...op, at, bytes: op.bytes.subarray(from, to) });
    from = to;
  }
  return parts;
}

function applyName(names: Map<string, number>, op: Op): void {
  if (op.kind === 'create') names.set(op.name, op.node);
  else if (op.kind === 'remove') names.delete(op.name);
  else if (op.kind === 'rename') {
    const node = names.get(op.from);
    if (node === undefined) return;
    names.set(op.to, node);
    names.delete(op.from);
  }
}

function applyContent(content: Uint8Array[], op: Op): void {
  if (op.kind === 'write') content[op.node] = written(content[op.node] ?? new Uint8Array(0), op.at, op.bytes);
  else if (op.kind === 'truncate')
    content[op.node] = resized(content[op.node] ?? new Uint8Array(0), op.length);
}

function written(before: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const after = resized(before, Math.max(before.length, at + bytes.length));
  after.set(bytes, at);
  return after;
}

function resized(before: Uint8Array, length: number): Uint8Array {
  if (before.length >= length) return before.slice(0, length);
  const after = new Uint8Array(length);
  after.set(before);
  return after;
}

function coded(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/** Numbers from 0 up to 1, the same for a seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
