import { show } from '../../base/options.ts';
import type { Entry } from '../../contract/entry.ts';
import type { CacheSettings } from './options.ts';
import { S3Fifo } from './s3-fifo.ts';
import type { Member, Queue } from './s3-fifo.ts';
import type { RemovalReason } from './types.ts';

/**
 * What this process has of one key: an entry, that there is none, or, as a ghost, only that it was here. A class, so
 * that all have one shape, which is what makes a hit fast.
 */
export class Node implements Member {
  readonly text: string;
  readonly key: unknown;
  /** `undefined`: there is none, or it is a ghost. */
  value: unknown;
  /** Of the entry, or of the removal that left none; 0 where that is not known. */
  version: number;
  /** When it ends, in milliseconds since the epoch; 0 for never. */
  expiresAt: number;
  uses = 0;
  /** `true`: its time to live is being renewed, which is no replacement. */
  touching = false;
  queue: Queue = 'none';
  bytes = 0;
  newer: Member | undefined = undefined;
  older: Member | undefined = undefined;

  constructor(text: string, key: unknown, value: unknown, version: number, expiresAt: number) {
    this.text = text;
    this.key = key;
    this.value = value;
    this.version = version;
    this.expiresAt = expiresAt;
  }
}

/** A read or write of one key that is under way. */
export interface Passage {
  /** The highest version of the key that the watch told meanwhile; what is older must not be kept. */
  seen: number;
  under: number;
}

/**
 * The entries that a process has of a map, bounded.
 *
 * INVARIANT: a node is never older than what the watch has told of its key: what is read while the watch tells of
 * something newer is handed out, not kept.
 */
export class CacheTable {
  readonly nodes: Map<string, Node> = new Map();
  /** `false`: what is read is not kept, for the watch would not tell what becomes of it. */
  keeps = false;
  evicted = 0;
  expired = 0;
  readonly #passages = new Map<string, Passage>();
  readonly #settings: CacheSettings;
  readonly #queues: S3Fifo<Node>;
  readonly #evict: (key: unknown, version: number) => void;

  /** @param evict - removes what has to go from the map, too, where that is what bounds the map */
  constructor(settings: CacheSettings, evict: (key: unknown, version: number) => void) {
    this.#settings = settings;
    this.#evict = evict;
    this.#queues = new S3Fifo(settings.maxEntries, settings.maxBytes, ({ text }) => this.nodes.delete(text));
  }

  get size(): number {
    return this.#queues.count;
  }

  get bytes(): number {
    return this.#queues.bytes;
  }

  /** What is here of a key, ghosts left out. */
  find(text: string): Node | undefined {
    const node = this.nodes.get(text);
    return node?.queue === 'ghost' ? undefined : node;
  }

  /** Begins a read or write; {@link leave} ends it. */
  enter(text: string): Passage {
    let passage = this.#passages.get(text);
    if (passage === undefined) this.#passages.set(text, (passage = { seen: 0, under: 0 }));
    passage.under++;
    return passage;
  }

  leave(text: string, passage: Passage): void {
    if (--passage.under === 0 && this.#passages.get(text) === passage) this.#passages.delete(text);
  }

  /** The watch told of a version of this key. */
  told(text: string, version: number): void {
    const passage = this.#passages.get(text);
    if (passage !== undefined && passage.seen < version) passage.seen = version;
  }

  /** Keeps what was read or written, unless something newer is known. */
  keep(text: string, entry: Entry<unknown, unknown>, passage: Passage): void {
    if (this.keeps && entry.version >= passage.seen) this.put(text, entry);
  }

  /**
   * Keeps that there is nothing, unless something was written meanwhile.
   *
   * @param version - of the removal that left nothing; 0 where it is not known
   */
  keepAbsent(text: string, key: unknown, expiresAt: number, passage: Passage, version = 0): void {
    if (!this.keeps || passage.seen > version || this.find(text) !== undefined) return;
    this.#insert(text, key, undefined, version, expiresAt, 0);
  }

  /** Puts an entry in the place of an older one. */
  put(text: string, entry: Entry<unknown, unknown>): void {
    const { key, value, version, expiresAt = 0 } = entry;
    const node = this.find(text);
    if (node !== undefined && node.version >= version) return;
    const bytes = this.#sizeOf(key, value);
    if (bytes === undefined || bytes > this.#settings.maxBytes) {
      if (node !== undefined) this.drop(node, 'replaced');
      this.#leaves(key, value, 'bytes');
      this.#evict(key, version);
      return;
    }
    if (node === undefined) {
      this.#insert(text, key, value, version, expiresAt, bytes);
      return;
    }
    if (node.value !== undefined && !node.touching) this.#tell(key, node.value, 'replaced');
    // A hit meanwhile gave it a later end, of which the map is told next.
    const end = node.touching && expiresAt !== 0 ? Math.max(node.expiresAt, expiresAt) : expiresAt;
    node.value = value;
    node.version = version;
    node.expiresAt = end;
    this.#queues.weigh(node, bytes);
    this.#shrink();
  }

  /** An entry was removed under this version. */
  remove(text: string, version: number, reason: 'deleted' | 'expired'): void {
    const node = this.find(text);
    if (node !== undefined && node.value !== undefined && node.version < version) this.drop(node, reason);
  }

  /** Forgets a node. */
  drop(node: Node, reason: RemovalReason): void {
    const { key, value } = node;
    this.#queues.remove(node);
    this.nodes.delete(node.text);
    node.value = undefined;
    if (value !== undefined) this.#leaves(key, value, reason);
  }

  /** Forgets everything, and what is under way. */
  forget(): void {
    for (const node of this.nodes.values()) {
      this.#queues.remove(node);
      node.value = undefined;
    }
    this.nodes.clear();
    for (const passage of this.#passages.values()) passage.seen = Infinity;
  }

  /** The size of an entry; `undefined` where it cannot be told, which is told to `onError`. */
  #sizeOf(key: unknown, value: unknown): number | undefined {
    const { sizeOf, onError } = this.#settings;
    if (sizeOf === undefined) return 0;
    try {
      const bytes: unknown = sizeOf(value, key);
      if (typeof bytes === 'number' && bytes >= 0 && bytes < Infinity) return bytes;
      throw new RangeError(`openCache: sizeOf must give a number from 0 up, got ${show(bytes)}`);
    } catch (error) {
      onError(error);
      return undefined;
    }
  }

  #insert(
    text: string,
    key: unknown,
    value: unknown,
    version: number,
    expiresAt: number,
    bytes: number,
  ): void {
    let node = this.nodes.get(text);
    if (node === undefined) {
      node = new Node(text, key, value, version, expiresAt);
      this.nodes.set(text, node);
    } else {
      node.value = value;
      node.version = version;
      node.expiresAt = expiresAt;
    }
    this.#queues.add(node, bytes);
    this.#shrink();
  }

  #shrink(): void {
    for (let over = this.#queues.over; over !== undefined; over = this.#queues.over) {
      const node = this.#queues.evict();
      if (node === undefined) return;
      const { text, key, value, version } = node;
      node.value = undefined;
      if (node.queue !== 'ghost') this.nodes.delete(text);
      if (value === undefined) continue;
      this.#leaves(key, value, over);
      this.#evict(key, version);
    }
  }

  #leaves(key: unknown, value: unknown, reason: RemovalReason): void {
    if (reason === 'expired') this.expired++;
    if (reason === 'entries' || reason === 'bytes') this.evicted++;
    this.#tell(key, value, reason);
  }

  #tell(key: unknown, value: unknown, reason: RemovalReason): void {
    try {
      this.#settings.onRemoved?.({ key, value, reason });
    } catch (error) {
      this.#settings.onError(error);
    }
  }
}
