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
  | { readonly kind: 'truncate'; readonly node: number; readonly length: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'syncDirectory' };

/** What a disk holds: content by name. */
export type Disk = Map<string, Uint8Array>;

/** A fault to be had at one call: the error's code, or how many bytes to write before stopping short. */
export interface Fault {
  readonly call: number;
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
 * @param fault - one call that fails
 * @param shortWrites - every write stops at half
 */
export function tracedFiles(begin: Disk = new Map(), fault?: Fault, shortWrites = false): TracedFiles {
  const ops: Op[] = [];
  const names = new Map<string, number>();
  const nodes: Uint8Array[] = [];
  let calls = 0;
  for (const [name, bytes] of begin) names.set(name, nodes.push(Uint8Array.from(bytes)) - 1);

  const nodeOf = (name: string): number => {
    const node = names.get(name);
    if (node === undefined) throw coded('ENOENT', name);
    return node;
  };
  const call = (): boolean => ++calls === fault?.call;
  const check = (what: string): void => {
    if (call()) throw coded(fault?.code ?? 'EIO', what);
  };
  const open = (node: number, through: boolean): OpenFile => ({
    async write(bytes, at) {
      let part = bytes;
      const failing = call();
      if (failing) part = bytes.slice(0, Math.min(bytes.length, fault?.after ?? 0));
      else if (shortWrites) part = bytes.slice(0, Math.ceil(bytes.length / 2));
      if (part.length > 0) {
        const before = nodes[node] ?? new Uint8Array(0);
        nodes[node] = written(before, at, part);
        ops.push({ kind: 'write', node, at, bytes: Uint8Array.from(part), through: through && !failing });
      }
      if (failing) throw coded(fault?.code ?? 'EIO', 'write');
      return part.length;
    },
    async sync() {
      check('sync');
      ops.push({ kind: 'sync', node });
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
    async read(name) {
      check('read');
      return Uint8Array.from(nodes[nodeOf(name)] ?? []);
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
   * durable, the operation under way torn at bytes and pages, lengths without data.
   *
   * @param random - from 0 up to 1
   * @param samples - how many subsets are tried when they are too many
   */
  *states(current: Op | undefined, random: () => number, samples: number): Generator<Disk> {
    const parts: Op[] = [...this.#pending.flatMap(pages), ...this.#pendingNames];
    if (current !== undefined && current.kind !== 'sync' && current.kind !== 'syncDirectory') {
      if (current.kind === 'write') {
        for (const torn of tornWrites(current, random, samples)) yield this.#with([...parts, torn]);
        yield this.#with([...parts, { ...current, bytes: new Uint8Array(current.bytes.length) }]);
        yield this.#with([{ ...current, bytes: new Uint8Array(current.bytes.length) }]);
        parts.push(...pages(current));
      } else parts.push(current);
    }
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
    for (const op of ops) {
      if (op.kind === 'create' || op.kind === 'rename' || op.kind === 'remove') applyName(names, op);
      else applyContent(content, op);
    }
    return new Map(Array.from(names, ([name, node]) => [name, content[node] ?? new Uint8Array(0)]));
  }
}

function* tornWrites(op: Op & { kind: 'write' }, random: () => number, samples: number): Generator<Op> {
  const { length } = op.bytes;
  const step = Math.max(1, Math.floor(length / samples));
  for (let to = step === 1 ? 1 : 1 + Math.floor(random() * step); to < length; to += step) {
    yield { ...op, bytes: op.bytes.subarray(0, to) };
  }
}

/** A write in the pieces that reach a disk one by one. */
function pages(op: Op): Op[] {
  if (op.kind !== 'write') return [op];
  const pieces: Op[] = [];
  for (let from = 0; from < op.bytes.length;) {
    const at = op.at + from;
    const to = Math.min(op.bytes.length, from + 4096 - (at % 4096));
    pieces.push({ ...op, at, bytes: op.bytes.subarray(from, to) });
    from = to;
  }
  return pieces;
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
  const after = new Uint8Array(length);
  after.set(before.subarray(0, length));
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
